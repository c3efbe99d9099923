"""The page of one's own ways over HTTP, without JavaScript."""

import re
from dataclasses import replace

import pytest

from domain.member import Role
from senders.sender import Refused
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.team import PHRASE, proves, visits, with_pair
from tests.test_receive_danger import WORDS
from tests.test_team_pages import plain
from tests.tower import Tower
from tests.world import LINE, World

ALVAS, OTHER = "+46701740650", "+46701740651"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def text(scene: Scene) -> str:
    return re.sub(r"<[^>]*>|\s+", " ", (await scene.alva.get("/ways")).text)


def way_ids(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"/ways/([0-9a-f-]{36})/remove", page)))


async def test_a_number_is_added_confirmed_tried_moved_and_removed_by_forms_alone(
    scene: Scene,
) -> None:
    tower = Tower(scene.world)
    alva = await with_pair(scene.world.house, scene.world.counsellor)
    scene = replace(scene, alva=await visits(scene.base, alva))
    assert "You cannot be paged" in await text(scene)
    assert "How you are paged" in (await scene.alva.get("/settings")).text
    for number in ("070-174 06 50", OTHER):
        answer = await scene.alva.post("/ways/sms", number=number)
        assert (answer.status_code, answer.headers["location"]) == (303, "/ways")
        await tower.tick()
        page = (await scene.alva.get("/ways")).text
        way = way_ids(page)[-1]
        assert "Confirm the number that ends in" in page
        answer = await scene.alva.post(f"/ways/{way}/code", code=tower.code())
        assert answer.status_code == 303
    assert await tower.tick() == [ALVAS]
    assert "hur du larmas har ändrats" in tower.heard[-1][1]
    page = (await scene.alva.get("/ways")).text
    assert ALVAS not in page
    assert "ends in 0650" in page
    first, second = way_ids(page)
    await proves(alva)
    asks = (await scene.alva.get(f"/ways/{second}/move?to=0")).text
    assert 'name="way_passphrase"' in asks
    assert "Move to place 1: Text message, the number that ends in 0651" in plain(asks)
    await scene.alva.post(f"/ways/{second}/move", to="0", way_passphrase=PHRASE)
    assert way_ids((await scene.alva.get("/ways")).text) == [second, first]
    await scene.alva.post(f"/ways/{first}/test")
    assert "is on its way" in await text(scene)
    assert await tower.tick() == [ALVAS]
    assert "was sent at" in await text(scene)
    await tower.answer(ALVAS, tower.code())
    assert "was acknowledged at" in await text(scene)
    await scene.alva.post(f"/ways/{second}/remove", way_passphrase=PHRASE)
    assert way_ids((await scene.alva.get("/ways")).text) == [first]
    assert (await scene.alva.post(f"/ways/{second}/remove")).status_code == 404


async def test_what_is_wrong_is_said_in_words_and_what_was_typed_comes_back(scene: Scene) -> None:
    answer = await scene.alva.post("/ways/sms", number="070<b>")
    assert answer.status_code == 422
    assert "The number cannot be read" in answer.text
    assert 'value="070&lt;b&gt;"' in answer.text
    assert "a number of the line itself" in (await scene.alva.post("/ways/sms", number=LINE)).text
    await scene.alva.post("/ways/sms", number=ALVAS)
    (way,) = way_ids((await scene.alva.get("/ways")).text)
    answer = await scene.alva.post(f"/ways/{way}/code", code="0000")
    assert (answer.status_code, "not the code that was sent" in answer.text) == (422, True)
    scene.world.clock.advance(minutes=31)
    assert "counts no more" in await text(scene)


async def test_strangers_and_others_reach_nothing_of_it(scene: Scene) -> None:
    await scene.alva.post("/ways/sms", number=ALVAS)
    (way,) = way_ids((await scene.alva.get("/ways")).text)
    deeds = [
        "/ways/sms",
        *(f"/ways/{way}/{d}" for d in ("code", "again", "test", "move", "remove")),
    ]
    for path in ("/ways", "/ways/list"):
        assert (await scene.stranger.get(path)).status_code == 303
        assert (await scene.admin.get(path)).status_code == 403
        theirs = (await scene.elis.get(path)).text
        assert "ends in 0650" not in theirs
        assert "0650" not in plain(theirs)  # a form's token may hold any four digits
    for path in deeds:
        assert (await scene.stranger.post(path)).headers["location"] == "/login"
        assert (await scene.admin.post(path, number=OTHER)).status_code == 403
        assert (await scene.alva.post(path, csrf="0" * 64, number=OTHER)).status_code == 403
    for path in deeds[:-2]:
        assert (await scene.alva.get(path)).headers["location"] == "/ways"
    for path in deeds[-2:]:
        assert (await scene.alva.get(path)).status_code == 200
        assert (await scene.stranger.get(path)).status_code == 303
        assert (await scene.admin.get(path)).status_code == 403
        assert (await scene.elis.get(path)).status_code == 404
    for path in deeds[1:]:
        assert (await scene.elis.post(path)).status_code == 404
    assert len(way_ids((await scene.alva.get("/ways")).text)) == 1


async def test_a_way_that_fails_stands_on_the_queue_of_its_owner_and_of_coordinators(
    scene: Scene,
) -> None:
    world, tower = scene.world, Tower(scene.world)
    bo = await World.hired(world.house, "Bo", Role.COORDINATOR)
    coordinator = await Visitor.of(world.house, scene.base, bo)
    await tower.paged("Alva", ALVAS)
    await tower.paged("Alva", OTHER)
    tower.answers[ALVAS] = Refused(30003)
    await world.text(WORDS)
    assert "Pages that do not arrive" not in (await scene.alva.get("/queue")).text
    assert await tower.tick() == [OTHER]
    assert "Pages that do not arrive" in (await scene.alva.get("/queue")).text
    theirs = (await coordinator.get("/queue")).text
    assert re.search(r"<strong>Alva</strong> Text message", theirs)
    assert ALVAS not in theirs
    for other in (scene.elis, scene.admin):
        assert "Pages that do not arrive" not in (await other.get("/queue")).text
    assert "could not be delivered" in await text(scene)
    assert "The page to Alva could not be delivered" in (await scene.alva.get(scene.path)).text
    del tower.answers[ALVAS]
    way = way_ids((await scene.alva.get("/ways")).text)[0]
    await scene.alva.post(f"/ways/{way}/test")
    await tower.tick()
    assert "Pages that do not arrive" not in (await scene.alva.get("/queue")).text


async def test_a_link_is_shown_once_and_only_where_the_line_has_a_bot(scene: Scene) -> None:
    assert (await scene.alva.post("/ways/telegram")).status_code == 422
    assert "Add Telegram" not in await text(scene)


async def test_a_notifications_press_needs_its_own_proof_and_nothing_else(scene: Scene) -> None:
    for visitor in (scene.stranger, scene.alva):
        for mark in ("", "x", "A" * 44):
            answer = await visitor.ask("POST", "/pages/pressed", {"mark": mark})
            assert (answer.status_code, answer.text) == (404, "")
            answer = await visitor.ask("POST", "/pages/renewed", {"old": mark, "new": mark})
            assert (answer.status_code, answer.text) == (204, "")
            answer = await visitor.ask("POST", "/pages/shown", {"shown": mark})
            assert (answer.status_code, answer.text) == (204, "")
    assert (await scene.stranger.get("/pages/pressed")).status_code == 405
    assert (await scene.stranger.get("/pages/shown")).status_code == 405
    assert (await scene.stranger.post("/ways/push")).headers["location"] == "/login"
    assert (await scene.alva.post("/ways/push", subscription="{}")).status_code == 422
