"""The coordinator's board: each figure is right, by line, and one look is a few queries."""

from dataclasses import replace
from datetime import time, timedelta
from uuid import UUID, uuid4

import pytest

from domain.delivery import Delivery
from domain.gate import Gate
from domain.member import Member, Role
from domain.priority import Tier
from domain.rota import Hours, ShiftRole, Turn
from handlers.add_line import add_line
from handlers.errors import NotAllowed, OnlyCoordinators
from handlers.go_by import go_by_its_own
from handlers.house import House
from handlers.live import Live
from handlers.open_page import News, OpenPage
from handlers.receive import receive
from handlers.release import release
from handlers.see_board import MOST, see_board
from handlers.see_rota_page import see_lines
from handlers.seen_board import Board, LineBoard
from handlers.set_gate import set_gate
from handlers.take import take
from handlers.write_leave import write_leave
from handlers.write_pattern import write_pattern
from senders.sender import Accepted, Refused
from storage import outbox
from tests.browser.rota_scene import MONDAY, at
from tests.browser.serving import session_of
from tests.test_queue_speed import counted
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import World, became, sid

CARD, FLYER = "+46701740605", "+46701740606"
ALVAS, BOS = "+46701740650", "+46701740651"


async def bo_of(world: World) -> Member:
    return await World.hired(world.house, "Bo", Role.COORDINATOR)


async def write(world: World, body: str, number: int, line: str = CARD) -> UUID:
    """Somebody new writes to a line; their conversation."""
    known = {row.id for row in (await world.queue()).waiting}
    await world.text(body, f"+467017406{number}", to=line)
    return next(row.id for row in (await world.queue()).waiting if row.id not in known)


async def board(world: World, bo: Member) -> Board:
    return await see_board(world.house, bo)


async def figures(world: World, bo: Member) -> dict[str, LineBoard]:
    return {line.name: line for line in (await board(world, bo)).lines}


def some(counts: object) -> dict[Tier, int]:
    assert isinstance(counts, dict)
    return {tier: n for tier, n in counts.items() if n}


async def test_waiting_and_active_are_counted_by_tier_and_line(world: World) -> None:
    bo = await bo_of(world)
    await add_line(world.house, FLYER, "Flyer", ("sv", "en"), "exit")
    mine = await write(world, "hej", 30)
    await write(world, "hej", 31)
    await write(world, WORDS, 32, FLYER)
    await write(world, "hej", 33, FLYER)
    await take(world.house, world.counsellor, mine)
    seen = await figures(world, bo)
    assert some(seen["Card 2026"].waiting) == {Tier.P3: 1}
    assert some(seen["Card 2026"].active) == {Tier.P3: 1}
    assert some(seen["Flyer"].waiting) == {Tier.P1: 1, Tier.P3: 1}
    assert some(seen["Flyer"].active) == {}
    assert (seen["Flyer"].waits, seen["Card 2026"].in_hands) == (2, 1)
    world.clock.advance(minutes=31)
    assert some((await figures(world, bo))["Card 2026"].waiting) == {Tier.P2: 1}


async def test_the_oldest_wait_and_over_target_are_in_the_queue_and_with_counsellors(
    world: World,
) -> None:
    bo = await bo_of(world)
    assert (await figures(world, bo))["Card 2026"].oldest is None
    first = await write(world, "hej", 30)
    begun = (await board(world, bo)).lines[0].oldest
    assert begun is not None
    world.clock.advance(minutes=14)
    second = await write(world, "hej", 31)
    line = (await board(world, bo)).lines[0]
    assert (line.oldest, line.over) == (begun, 0)
    world.clock.advance(minutes=2)
    seen = await board(world, bo)
    assert (seen.lines[0].over, [row.id for row in seen.over]) == (1, [first])
    await take(world.house, world.counsellor, first)
    assert (await board(world, bo)).lines[0].over == 1
    await world.reply(first, "jag läser", asked=True)
    line = (await board(world, bo)).lines[0]
    assert line.over == 0
    assert line.oldest is not None
    assert line.oldest > begun
    await take(world.house, world.counsellor, second)
    await set_gate(world.house, world.counsellor, second, Gate.CLOSED)
    world.clock.advance(minutes=60)
    line = (await board(world, bo)).lines[0]
    assert (line.oldest, line.over, line.held) == (None, 0, 1)


async def test_a_p1_stands_there_until_somebody_has_acknowledged_or_taken_it(world: World) -> None:
    bo, tower = await bo_of(world), Tower(world)
    talk = await write(world, WORDS, 30)
    (one,) = (await board(world, bo)).unanswered
    assert (one.row.id, one.pages, one.tried) == (talk, 0, False)
    await tower.tick()
    (one,) = (await board(world, bo)).unanswered
    assert (one.pages, one.tried) == (0, True)
    await tower.paged("Alva", ALVAS)
    await tower.tick(minutes=2)
    await tower.tick(minutes=2)
    (one,) = (await board(world, bo)).unanswered
    assert (one.pages, one.names, (await board(world, bo)).lines[0].unanswered) == (2, ("Alva",), 1)
    assert one.last_at is not None
    await tower.answer(ALVAS, f"svara {tower.code()}")
    seen = await board(world, bo)
    assert (seen.unanswered, seen.lines[0].unanswered, seen.lines[0].waits) == ((), 0, 1)
    await take(world.house, world.counsellor, talk)
    world.clock.advance(seconds=1)
    await release(world.house, world.counsellor, talk)
    (one,) = (await board(world, bo)).unanswered  # what was read before it was taken counts no more
    assert (one.pages, one.tried) == (0, False)
    await take(world.house, world.counsellor, talk)
    assert (await board(world, bo)).unanswered == ()


async def test_who_is_on_call_and_who_has_how_much_p1_first(world: World) -> None:
    bo = await bo_of(world)
    elis = await World.hired(world.house, "Elis")
    calm, urgent = await write(world, "hej", 30), await write(world, WORDS, 31)
    theirs = await write(world, "hej", 32)
    for talk in (calm, urgent):
        await take(world.house, world.counsellor, talk)
    await take(world.house, elis, theirs)
    rota = await a_rota(world, bo)
    people = (await board(world, bo)).people
    assert [(p.name, [s.role for s in p.shifts]) for p in people] == [
        ("Alva", [ShiftRole.PRIMARY]), ("Bo", [ShiftRole.BACKUP]), ("Elis", []),
    ]  # fmt: skip
    assert [list(p.load.items()) for p in people] == [
        [(Tier.P1, 1), (Tier.P3, 1)], [], [(Tier.P3, 1)],
    ]  # fmt: skip
    assert [row.id for row in people[0].rows] == [urgent, calm]
    assert [people[0].shifts[0].lines, rota is not None] == [("Card 2026",), True]


async def a_rota(world: World, bo: Member, place: int = 0) -> UUID:
    """Alva is on call around the clock, Bo behind her."""
    house = world.house
    line = (await see_lines(house, bo)).lines[place]
    await go_by_its_own(house, bo, line.id, form_key=uuid4())
    rota = (await see_lines(house, bo)).lines[place].rota_id
    assert rota is not None
    for role, who in ((ShiftRole.PRIMARY, world.counsellor), (ShiftRole.BACKUP, bo)):
        turns = tuple(Turn(0, Hours(day, time(), time()), who.id) for day in range(7))
        monday = MONDAY - timedelta(weeks=1)
        await write_pattern(house, bo, rota, role, monday, 1, turns, form_key=uuid4())
    return rota


async def test_gaps_are_those_of_the_next_fourteen_days_by_line(world: World) -> None:
    bo = await bo_of(world)
    await add_line(world.house, FLYER, "Flyer", ("sv", "en"), "exit")
    rota = await a_rota(world, bo)
    seen = await figures(world, bo)
    assert (seen["Card 2026"].gaps, seen["Flyer"].gaps) == (0, None)
    for day in (3, 13, 20):
        await write_leave(
            world.house, bo, world.counsellor.id, at(day, 8), at(day, 9), form_key=uuid4()
        )
    found = await board(world, bo)
    assert [line.gaps for line in found.lines] == [2, None]
    assert [(g.rota_id, g.lines, g.role) for g in found.gaps] == [
        (rota, ("Card 2026",), ShiftRole.PRIMARY)
    ] * 2
    assert all(line.covered for line in found.lines)
    world.clock.advance(minutes=(3 * 24 + 8 - 13) * 60 + 30)
    seen = await figures(world, bo)
    assert seen["Card 2026"].covered  # the backup is there
    await write_leave(world.house, bo, bo.id, at(3, 8), at(3, 9), form_key=uuid4())
    seen = await figures(world, bo)
    assert (seen["Card 2026"].covered, seen["Flyer"].covered) == (False, True)


async def test_messages_that_did_not_arrive_are_counted_whoever_has_them(world: World) -> None:
    bo = await bo_of(world)
    talk = await write(world, "hej", 30)
    await take(world.house, world.counsellor, talk)
    await world.reply(talk, "jag läser", asked=True)
    async with world.house.db.write() as tx:
        now = world.clock.now()
        (row,) = await outbox.sendable(tx, now, 10)
        await outbox.lease(tx, [row], now, now)
        await became(tx, row.id, Delivery.FAILED, now, error_code=30003)
    seen = await board(world, bo)
    assert seen.lines[0].undelivered == 1
    (task,) = seen.undelivered
    assert (task.conversation_id, task.counsellor, task.mine) == (talk, "Alva", False)
    assert task.alias != "?"


async def test_pages_that_did_not_arrive_stand_there_until_the_way_works_again(
    world: World,
) -> None:
    bo, tower = await bo_of(world), Tower(world)
    await tower.paged("Alva", ALVAS)
    tower.answers[ALVAS] = Refused(30005)
    await write(world, WORDS, 30)
    await tower.tick()
    seen = await board(world, bo)
    assert seen.lines[0].unreached == 1
    assert [(one.name, one.count) for one in seen.unreached] == [("Alva", 1)]
    await tower.tick(minutes=2)
    assert (await board(world, bo)).lines[0].unreached == 2
    tower.answers[ALVAS] = Accepted(sid())
    await tower.tick(minutes=2)
    assert (await board(world, bo)).unreached == ()
    tower.answers[ALVAS] = Refused(30005)
    await tower.tick(minutes=2)
    assert (await board(world, bo)).lines[0].unreached == 3
    world.clock.advance(hours=25)
    assert (await board(world, bo)).unreached == ()


async def test_with_nothing_open_the_board_is_calm_and_with_something_it_is_not(
    world: World,
) -> None:
    bo = await bo_of(world)
    assert (await board(world, bo)).calm
    talk = await write(world, "hej", 30)
    assert not (await board(world, bo)).calm
    await take(world.house, world.counsellor, talk)
    assert not (await board(world, bo)).calm


async def test_the_board_is_for_coordinators_alone(world: World) -> None:
    with pytest.raises(OnlyCoordinators):
        await see_board(world.house, world.counsellor)
    for role in (Role.ADMIN, Role.REPORTER):
        somebody = await World.hired(world.house, role.value, role)
        with pytest.raises(NotAllowed) as refused:
            await see_board(world.house, somebody)
        assert refused.type is NotAllowed


async def test_however_many_wait_it_asks_as_often_and_shows_as_much(world: World) -> None:
    bo = await bo_of(world)
    await write(world, WORDS, 30)
    await board(world, bo)
    with counted(world.house) as few:
        await board(world, bo)
    texts = [world.message(WORDS, f"+46701740{n}") for n in range(700, 760)]
    await receive(world.house, texts)
    world.clock.advance(minutes=3)
    await board(world, bo)
    with counted(world.house) as many:
        seen = await board(world, bo)
    assert (seen.lines[0].waits, seen.lines[0].over, seen.lines[0].unanswered) == (61, 61, 61)
    assert len(seen.over) == len(seen.unanswered) == MOST
    assert 0 < len(many) == len(few)


async def test_an_open_page_hears_that_a_rota_has_changed(world: World, twin: House) -> None:
    """Which no event tells: who is on call, and where nobody is."""
    bo = await bo_of(world)
    await a_rota(world, bo)
    live = Live(twin)
    page = OpenPage(bo, await session_of(world.house, bo), uuid4(), None)
    await live.watch()
    with live.open(page):
        await live.watch()
        await write_leave(world.house, bo, bo.id, at(3, 8), at(3, 9), form_key=uuid4())
        await live.watch()
        heard = await page.next(1)
        assert isinstance(heard, News)
        assert heard.afresh


async def test_a_contacts_words_and_number_are_nowhere_in_it(world: World) -> None:
    bo = await bo_of(world)
    await write(world, "min hemlighet", 30)
    shown = repr(replace(await board(world, bo), event=0))
    for secret in ("hemlighet", "0701740630", "46701740630"):
        assert secret not in shown
