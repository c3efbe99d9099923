"""What is set seldom stands on one page, and everybody sees there what they may open."""

import re

import pytest

from domain.access import Role
from staff.settings_cards import GROUPS, PATHS, cards_for
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def found(visitor: Visitor) -> list[str]:
    page = await visitor.get("/settings")
    assert page.status_code == 200
    return re.findall(r'<li class="card-like"><a href="([^"]+)"', page.text)


@pytest.mark.parametrize("role", [Role.COUNSELLOR, Role.COORDINATOR, Role.ADMIN])
async def test_everybody_sees_there_what_they_may_open_and_nothing_else(
    scene: Scene, role: Role
) -> None:
    member = await World.hired(scene.world.house, "Somebody", role)
    visitor = await Visitor.of(scene.world.house, scene.base, member)
    paths = await found(visitor)
    assert paths == [card.path for cards in cards_for(member).values() for card in cards]
    for path in sorted(PATHS):
        answer = await visitor.get(path)
        assert (answer.status_code in (200, 303)) == (path in paths), path
        assert (answer.status_code == 403) == (path not in paths), path
    assert "/settings" in (await visitor.get("/queue")).text


async def test_who_may_open_none_of_them_is_not_led_there(scene: Scene) -> None:
    member = await World.hired(scene.world.house, "Somebody", Role.REPORTER)
    assert not cards_for(member)
    visitor = await Visitor.of(scene.world.house, scene.base, member)
    assert "/settings" not in (await visitor.get("/queue")).text
    assert (await visitor.get("/settings")).status_code == 403


async def test_each_of_the_pages_leads_back(scene: Scene) -> None:
    member = await World.hired(scene.world.house, "Bo", Role.COORDINATOR)
    visitor = await Visitor.of(scene.world.house, scene.base, member)
    for path in sorted(PATHS):
        answer = await visitor.get(path)
        if answer.status_code == 200:
            assert '<nav class="within"' in answer.text, path
    assert '<nav class="within"' not in (await visitor.get("/queue")).text


async def test_the_menu_holds_what_is_used_every_day(scene: Scene) -> None:
    page = (await scene.alva.get("/queue")).text
    menu = page[page.index('<div class="menu-box">') : page.index("</details>")]
    assert re.findall(r'href="([^"]+)"[^>]*>[^<]', menu) == ["/settings", "/account", "/logout"]


@pytest.mark.parametrize("language", ["sv", "en"])
async def test_every_page_there_has_a_heading_of_its_own(scene: Scene, language: str) -> None:
    bo = await World.hired(scene.world.house, "Bo", Role.COORDINATOR)
    visitor = await Visitor.of(scene.world.house, scene.base, bo)
    visitor.http.headers["accept-language"] = language
    page = (await visitor.get("/settings")).text
    cards = [card for cards in GROUPS.values() for card in cards]
    said = re.findall(r'-about">([^<]+)</(?:a|p)>', page)
    assert len(set(said)) == 2 * len(cards)
