"""One look for all: it finds what each loop would find, and wakes the loop of that name."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, cast

from domain.conversation import Outcome
from domain.message import Channel
from handlers.close import close
from handlers.look import look
from handlers.receive import receive
from handlers.step_triage import step_triage
from storage import deletions, outbox, pages, plans, provider_copies, triages, waits
from storage.database import Tx
from storage.due import Due
from storage.ids import new_id
from storage.pages import Wanted
from storage.plans import Plan
from tests.deleting import asked_with_nothing_open, run
from tests.world import World
from utvag.line import LOCKS, WHEN_DUE, Line, prepare
from utvag.loops import MINUTE, Loops
from utvag.metrics import Metrics
from utvag.missed_calls import MissedCalls

WAYS = (Channel.SMS,)

OWN: dict[Due, Callable[[Tx, World], Awaitable[object]]] = {
    Due.TRIAGE: lambda tx, world: triages.any_due(tx, world.clock.now(), silent=False),
    Due.SILENCE: lambda tx, world: triages.any_due(tx, world.clock.now(), silent=True),
    Due.OUTBOX: lambda tx, world: outbox.any_sendable(tx, world.clock.now(), WAYS),
    Due.WAITING: lambda tx, world: waits.due(tx, world.clock.now(), 64),
    Due.FORGET: lambda tx, world: deletions.due(tx, world.clock.now(), 16),
    Due.COPIES: lambda tx, world: provider_copies.any_due(tx, world.clock.now()),
    Due.PLANNED: lambda tx, world: plans.due(tx, world.clock.now(), 32),
    Due.PAGES: lambda tx, world: pages.any_due(tx, world.clock.now()),
    Due.SETTLE: lambda tx, world: outbox.any_unsettled(tx, world.clock.now()),
}


async def agrees(world: World) -> set[Due]:
    """What is found, after it was compared with what each loop finds by itself."""
    found = await look(world.house, WAYS)
    async with world.house.db.read() as tx:
        assert found == {kind for kind, own in OWN.items() if await own(tx, world)}
    return found


async def each_second(world: World, found: set[Due], seconds: int) -> None:
    for _ in range(seconds):
        found |= await agrees(world)
        world.clock.advance(seconds=1)


async def test_it_finds_what_each_of_them_would_find_and_nothing_else(world: World) -> None:
    assert await agrees(world) == set()
    found: set[Due] = set()
    await receive(world.house, [world.message("hej")])
    await each_second(world, found, 4)
    await world.step()
    await each_second(world, found, 3)
    for minutes in (2, 5, 30):
        world.clock.advance(minutes=minutes)
        found |= await agrees(world)
    assert found == {Due.TRIAGE, Due.SILENCE}
    await step_triage(world.house, silent=True)
    await world.text("9")
    world.clock.advance(minutes=2)
    assert await agrees(world) == {Due.WAITING}

    talk = await world.taken()
    await world.reply(talk, "Hej, jag är här.", asked=True)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    assert Due.OUTBOX in await agrees(world)
    async with world.house.db.write() as tx:
        now = world.clock.now()
        away = await outbox.sendable(tx, now, 100)
        await outbox.lease(tx, away, now, now + timedelta(seconds=60))
        later = now + timedelta(seconds=5)
        mine = world.counsellor.id
        plan = Plan(
            new_id(now),
            talk,
            plans.Kind.FOLLOW_UP,
            plans.State.PLANNED,
            mine,
            True,
            now,
            later,
            now,
        )
        await plans.save(tx, [plan])
        await pages.add(tx, [Wanted(pages.Kind.NEEDED, mine, None)], now)
    assert await agrees(world) == {Due.PAGES}
    world.clock.advance(seconds=5)
    assert await agrees(world) == {Due.PAGES, Due.PLANNED}
    world.clock.advance(seconds=55)
    assert await agrees(world) == {Due.PAGES, Due.PLANNED, Due.SETTLE}


async def test_it_finds_a_deletion_and_the_copies_that_are_to_go(world: World) -> None:
    await asked_with_nothing_open(world)
    assert await agrees(world) == {Due.FORGET}
    found: set[Due] = set()
    for _ in range(4):
        await run(world.house)
        await world.accept()
        world.clock.advance(minutes=5)
        found |= await agrees(world)
    assert Due.COPIES in found


def _loops(world: World) -> Loops:
    """Those of a line that serves."""
    loops = Loops(world.clock.now)
    metrics, nobody = Metrics(), cast("Any", None)
    line = Line(world.house, metrics, nobody, MissedCalls(world.house, metrics), nobody)
    prepare(line, loops, {}, None)
    return loops


def test_each_kind_wakes_a_loop_of_its_name(world: World) -> None:
    assert set(Due) <= {loop.name for loop in _loops(world).every(WHEN_DUE)}


def test_what_is_to_end_ends_by_itself_wherever_the_line_is_served(world: World) -> None:
    """Copies, keys that were held, words of searches, old keys, what has stood for its term."""
    each_minute = {loop.name for loop in _loops(world).every(MINUTE)}
    assert {"wipe", "forget_keys", "end_searches", "reseal", "rekey", "let_go"} <= each_minute
    assert "locks" in {loop.name for loop in _loops(world).every(LOCKS)}
