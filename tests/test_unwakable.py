"""Whoever is on call and cannot be woken is told so, and so is the coordinator."""

import re
from dataclasses import replace

import pytest

from domain.member import Role
from handlers.see_board import see_board
from handlers.see_queue import see_queue
from senders.sender import Refused
from storage import ways
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.test_on_call import goes_by_a_rota
from tests.test_own_ways import added
from tests.test_receive_danger import WORDS
from tests.test_telegram_ways import bot
from tests.tower import Tower
from tests.world import World

ALVAS, OTHER = "+46701740650", "+46701740651"


async def told(world: World) -> tuple[str, list[tuple[str, str]], bool]:
    """What Alva's queue says, what Cia's board says, and whether all is calm there."""
    cia = await World.hired(world.house, "Cia", Role.COORDINATOR)
    seen = await see_board(world.house, cia)
    mine = await see_queue(world.house, world.counsellor)
    return mine.shift.unwakable, [(one.name, one.why) for one in seen.unwakable], seen.calm


async def test_whoever_is_on_call_without_any_way_reads_so_and_stands_on_the_board(
    world: World,
) -> None:
    await goes_by_a_rota(world, (-1, 30))
    assert await told(world) == ("none", [("Alva", "none")], False)


async def test_a_way_that_nobody_confirmed_wakes_nobody(world: World) -> None:
    await goes_by_a_rota(world, (-1, 30))
    await added(Tower(world))
    assert (await told(world))[:2] == ("none", [("Alva", "none")])


async def test_a_way_that_works_is_enough_and_one_that_broke_is_not(world: World) -> None:
    tower = Tower(world)
    await goes_by_a_rota(world, (-1, 30))
    await tower.paged("Alva", ALVAS)
    tower.answers[ALVAS] = Refused(30003)
    await world.text(WORDS)
    await tower.tick()
    assert (await told(world))[:2] == ("broken", [("Alva", "broken")])
    await tower.paged("Alva", OTHER)
    mine = await see_queue(world.house, world.counsellor)
    assert mine.shift.unwakable == ""


async def test_whoever_is_not_on_call_now_is_left_alone_and_so_are_lines_without_a_rota(
    world: World,
) -> None:
    assert (await see_queue(world.house, world.counsellor)).shift.unwakable == ""
    await goes_by_a_rota(world, (5, 30))
    assert (await told(world))[:2] == ("", [])


async def test_telegram_wakes_nobody_where_the_line_has_none(world: World) -> None:
    await goes_by_a_rota(world, (-1, 30))
    alva, now = world.counsellor.id, world.clock.now()
    async with world.house.db.write() as tx:
        await ways.add(tx, alva, ways.TELEGRAM, "7000000009", now, verified=True)
    assert (await told(world))[0] == "none"
    (broken,) = (await see_queue(world.house, world.counsellor)).broken
    assert (broken.kind, broken.since) == (ways.TELEGRAM, None)
    world.house = replace(world.house, bot=bot)
    seen = await see_queue(world.house, world.counsellor)
    assert (seen.shift.unwakable, seen.broken) == ("", ())


async def test_the_board_says_to_how_many_telephones_codes_were_sent_and_not_to_which(
    world: World,
) -> None:
    tower = Tower(world)
    for number in (ALVAS, OTHER):
        await added(tower, number)
    cia = await World.hired(world.house, "Cia", Role.COORDINATOR)
    seen = await see_board(world.house, cia)
    assert [(one.name, one.numbers) for one in seen.asked] == [("Alva", 2)]
    assert ALVAS not in repr(seen)
    world.clock.advance(hours=25)
    assert (await see_board(world.house, cia)).asked == ()


class TestPages:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    async def test_both_pages_say_it_in_words_and_lead_to_the_ways(self, scene: Scene) -> None:
        await goes_by_a_rota(scene.world, (-1, 30))
        mine = (await scene.alva.get("/queue")).text
        assert "You are on call and nothing can wake you" in mine
        assert re.search(r'id="unwakable".*?href="/ways"', mine, re.DOTALL)
        assert "nothing can wake you" not in (await scene.elis.get("/queue")).text
        cia = await World.hired(scene.world.house, "Cia", Role.COORDINATOR)
        coordinator = await Visitor.of(scene.world.house, scene.base, cia)
        board = (await coordinator.get("/board")).text
        assert "On call, and nothing can wake them" in board
        assert re.search(r"<strong>Alva</strong>.*?has no way to be paged", board, re.DOTALL)

    async def test_a_way_whose_channel_is_off_says_so_where_it_stands(self, scene: Scene) -> None:
        world = scene.world
        async with world.house.db.write() as tx:
            alva, now = world.counsellor.id, world.clock.now()
            await ways.add(tx, alva, ways.TELEGRAM, "7000000009", now, verified=True)
        assert "The line has no such channel now" in (await scene.alva.get("/ways")).text
        assert "The line has no such channel now" in (await scene.alva.get("/queue")).text
