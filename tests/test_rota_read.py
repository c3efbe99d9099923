"""What do its readers find on the rota: what to press, what is over, where to begin?"""

import re
from datetime import datetime, time
from uuid import UUID, uuid4

import pytest

from domain.member import Member, Role
from handlers.go_by import go_by_its_own
from handlers.see_rota import line_called
from staff.rota_words import figures
from tests.browser.rota_scene import MONDAY, rota_of, with_a_rota
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def bo(world: World) -> Member:
    return await world.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def boss(scene: Scene, bo: Member) -> Visitor:
    return await Visitor.of(scene.world.house, scene.base, bo)


@pytest.fixture
async def rota(scene: Scene, bo: Member) -> UUID:
    return await with_a_rota(scene.world, bo)


def test_a_day_ends_at_24() -> None:
    def said(start: int, end: int) -> str:
        return figures(datetime.combine(MONDAY, time(start)), datetime.combine(MONDAY, time(end)))

    assert (said(0, 0), said(16, 0), said(20, 8)) == ("00–24", "16–24", "20–08")


async def test_each_is_told_what_can_be_pressed(scene: Scene, boss: Visitor, rota: UUID) -> None:
    assert "Press a shift to give it to somebody else." in (await boss.get("/rota")).text
    assert "Press a shift of yours to ask for a swap." in (await scene.alva.get("/rota")).text


async def test_what_was_missing_is_no_alarm_once_it_is_over(
    scene: Scene, boss: Visitor, bo: Member, rota: UUID
) -> None:
    open_ones = re.compile(r'class="block [^"]* open( past)?')
    assert set(open_ones.findall((await boss.get("/rota")).text)) == {""}
    scene.world.clock.advance(days=7)
    boss = await Visitor.of(scene.world.house, scene.base, bo)  # that session has ended
    page = (await boss.get(f"/rota?day={MONDAY}")).text
    assert set(open_ones.findall(page)) == {" past"}
    assert 'class="open past"' in (await boss.get("/rota?view=month")).text


async def test_an_empty_rota_leads_to_a_first_pattern(
    scene: Scene, boss: Visitor, bo: Member
) -> None:
    line = await line_called(scene.world.house, "Card 2026")
    await go_by_its_own(scene.world.house, bo, line.id, form_key=uuid4())
    rota = await rota_of(scene.world, bo)
    first = f'<a class="button main" href="/rota/{rota}/patterns">'
    assert first in (await boss.get("/rota")).text
    assert first not in (await scene.alva.get("/rota")).text


async def test_today_is_led_to_in_its_week(boss: Visitor, rota: UUID) -> None:
    page = (await boss.get("/rota")).text
    assert f"day={MONDAY}#today" in page
    assert 'id="today"' in page
