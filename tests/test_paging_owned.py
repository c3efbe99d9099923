"""A contact whom somebody has becomes a P1: their counsellor is woken, then everybody else."""

import pytest

from domain.conversation import Outcome
from domain.member import Role
from handlers.acknowledge import acknowledge
from handlers.close import close
from handlers.escalate import escalate
from handlers.house import House
from handlers.release import release
from handlers.take import take
from handlers.transfer import transfer
from tests.test_on_call import goes_by_a_rota
from tests.test_paging import ALVAS, BOS, happened
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import World

CIAS = "+46701740653"


@pytest.fixture
async def tower(world: World) -> Tower:
    """Alva has the conversation; Bo is on call, Cia coordinates."""
    made = Tower(world)
    await made.paged("Alva", ALVAS)
    bo = await World.hired(world.house, "Bo")
    await World.hired(world.house, "Cia", Role.COORDINATOR)
    await made.paged("Bo", BOS)
    await made.paged("Cia", CIAS)
    await goes_by_a_rota(World(world.house, world.clock, bo), (-1, 20))
    await world.text("hej")
    await world.taken()
    return made


async def test_the_owner_is_paged_first_and_then_the_ladder_beside_them(tower: Tower) -> None:
    assert await tower.tick(minutes=5) == []
    await tower.world.text(WORDS)
    assert await tower.tick() == [ALVAS]
    assert sorted(await tower.tick(minutes=1)) == [BOS]
    assert sorted(await tower.tick(minutes=1)) == sorted([ALVAS, BOS])
    assert (await happened(tower.world))[:2] == ["paged", "paged"]


async def test_the_code_of_such_a_page_is_known_and_the_queue_says_it(tower: Tower) -> None:
    await tower.world.text(WORDS)
    await tower.tick(minutes=1)
    assert len((await tower.world.queue()).paged) == 1
    await tower.answer(BOS, tower.code())
    await tower.tick()
    assert tower.heard[-1][1].startswith("Tack, vi vet")
    assert ALVAS in await tower.tick(minutes=2)  # a colleague's acknowledgement stops nothing


async def test_the_owners_own_acknowledgement_is_enough_for_it_is_taken(tower: Tower) -> None:
    await tower.world.text(WORDS)
    assert await tower.tick() == [ALVAS]
    await acknowledge(tower.world.house, tower.world.counsellor, [await tower.world.only()])
    assert await tower.tick(minutes=10) == []


async def test_what_the_owner_answers_wakes_nobody_more(tower: Tower) -> None:
    await tower.world.text(WORDS)
    await tower.tick()
    await tower.world.reply(await tower.world.only(), "Jag är här.", asked=True)
    assert await tower.tick(minutes=10) == []


async def test_closed_it_is_over_and_given_back_it_begins_anew(tower: Tower) -> None:
    await tower.world.text(WORDS)
    await tower.tick()
    talk = await tower.world.only()
    await release(tower.world.house, tower.world.counsellor, talk)
    assert await tower.tick() == [BOS]
    await tower.world.taken()
    await close(tower.world.house, tower.world.counsellor, talk, Outcome.OTHER)
    assert await tower.tick(minutes=10) == []


async def test_who_is_handed_it_meanwhile_is_woken_first(tower: Tower) -> None:
    world = tower.world
    await world.text(WORDS)
    await tower.tick()
    cia = next(c for c in (await world.see()).colleagues if c.name == "Cia")
    await transfer(world.house, world.counsellor, await world.only(), cia.id)
    assert await tower.tick() == [CIAS]


async def test_an_owner_who_cannot_be_paged_does_not_hold_it_up(world: World) -> None:
    tower = Tower(world)
    await World.hired(world.house, "Bo")
    await tower.paged("Bo", BOS)
    await world.text("hej")
    await world.taken()
    await world.text(WORDS)
    assert await tower.tick() == [BOS]


async def test_a_p1_that_is_taken_wakes_nobody_however_soon(tower: Tower) -> None:
    await tower.world.text(WORDS, "+46701740611")
    await tower.tick()
    talk = next(row.id for row in (await tower.world.queue()).waiting)
    await take(tower.world.house, tower.world.counsellor, talk)
    assert await tower.tick(minutes=30) == []


async def test_that_nobody_was_found_is_said_once_a_step_and_not_each_time_it_comes_again(
    world: World,
) -> None:
    tower = Tower(world)
    await world.text(WORDS)
    for _ in range(60):
        assert await tower.tick(minutes=1) == []
    assert await happened(world) == ["paged_nobody"] * 4
    await tower.paged("Alva", ALVAS)
    assert await tower.tick(minutes=2) == [ALVAS]


async def test_where_nobody_on_call_can_be_reached_every_coordinator_is(world: World) -> None:
    tower = Tower(world)
    await World.hired(world.house, "Cia", Role.COORDINATOR)
    await tower.paged("Cia", CIAS)
    await goes_by_a_rota(world, (-5, -4))
    await world.text(WORDS)
    assert await tower.tick() == [CIAS]
    assert await tower.tick(minutes=2) == [CIAS]


async def test_a_clock_that_steps_back_loses_no_page(tower: Tower) -> None:
    await tower.world.text(WORDS, "+46701740611")
    assert await tower.tick() == [BOS]
    tower.world.clock.advance(minutes=-50)
    assert await tower.tick() == []
    assert await tower.tick(minutes=2) == [BOS]


async def test_a_page_that_waits_to_leave_leaves_also_when_the_clock_steps_back(
    tower: Tower,
) -> None:
    await tower.world.text(WORDS, "+46701740611")
    await escalate(tower.world.house)
    tower.world.clock.advance(minutes=-50)
    assert await tower.tick() == [BOS]


async def test_a_process_that_starts_after_the_clock_stepped_back_finds_who_stood_ahead(
    tower: Tower, twin: House
) -> None:
    await tower.world.text(WORDS, "+46701740611")
    assert await tower.tick() == [BOS]
    tower.world.clock.advance(minutes=-50)
    assert await tower.tick(twin) == []
    assert await tower.tick(twin, minutes=2) == [BOS]
