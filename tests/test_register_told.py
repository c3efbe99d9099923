"""Whoever is to agree is told, in working time; who counts is asked when it is given."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from domain.disclosure import Refusal, Scope, State
from domain.member import Role
from domain.working_time import is_working, next_working
from handlers.decide_disclosure import agree, give, refuse
from handlers.errors import AlreadyDecided, NotAllowed
from handlers.house import House
from handlers.invite import revoke
from handlers.see_queue import beside
from handlers.stay_away import keep_away
from handlers.tell_undecided import tell_undecided
from storage import members
from storage.register_tables import agreements
from tests.test_register import Staff
from tests.test_register import staff as staff  # noqa: PLC0414 - a fixture
from tests.tower import Tower
from tests.world import World

ZONE = ZoneInfo("Europe/Stockholm")
CIAS, DANS = "+46701740653", "+46701740654"


# Who counts


async def test_who_was_revoked_before_it_is_given_does_not_count(staff: Staff) -> None:
    house, entry = staff.world.house, await staff.asked()
    await agree(house, staff.dan, entry)
    await agree(house, staff.elis, entry)
    assert (await staff.see(entry)).entry.state is State.APPROVED
    await revoke(house, "Dan")
    seen = await staff.see(entry)
    assert seen.entry.state is State.HALF
    assert {it.name: it.counts for it in seen.agreed} == {"Dan": False, "Elis": True}
    with pytest.raises(AlreadyDecided):
        await give(house, staff.cia, entry, (Scope.TIMES,), staff.now(), "")
    with pytest.raises(NotAllowed):
        await agree(house, staff.dan, entry)
    staff.world.clock.advance(minutes=1)
    await agree(house, staff.cia, entry)
    await give(house, staff.cia, entry, (Scope.TIMES,), staff.now(), "")
    await revoke(house, "Elis")
    seen = await staff.see(entry)
    assert seen.entry.state is State.GIVEN
    assert {it.name: it.counts for it in seen.agreed} == {
        "Dan": False, "Elis": True, "Cia": True,
    }  # fmt: skip


async def test_revoked_and_given_at_once_it_is_given_before_or_not_at_all(
    staff: Staff, twin: House
) -> None:
    house, entry = staff.world.house, await staff.asked()
    await agree(house, staff.cia, entry)
    await agree(house, staff.elis, entry)
    given, gone = await asyncio.gather(
        give(house, staff.cia, entry, (Scope.TIMES,), staff.now(), ""),
        revoke(twin, "Elis"),
        return_exceptions=True,
    )
    assert gone is None
    seen = await staff.see(entry)
    if given is None:
        assert seen.entry.state is State.GIVEN
    else:
        assert isinstance(given, AlreadyDecided)
        assert seen.entry.state is State.HALF


async def test_four_who_agree_at_once_are_two(staff: Staff, twin: House) -> None:
    house, entry = staff.world.house, await staff.asked()
    fia = await World.hired(house, "Fia", Role.COORDINATOR)
    done = await asyncio.gather(
        *(
            agree(each, member, entry)
            for each in (house, twin)
            for member in (staff.cia, staff.dan, fia)
        ),
        return_exceptions=True,
    )
    assert sum(one is None for one in done) == 2
    seen = await staff.see(entry)
    assert seen.entry.state is State.APPROVED
    assert len({one.member_id for one in seen.entry.agreed}) == 2


async def test_one_of_before_by_whoever_wrote_it_down_does_not_count(staff: Staff) -> None:
    house, entry = staff.world.house, await staff.asked()
    row = {"disclosure_id": entry, "member_id": staff.alva.id, "leads": True}
    async with house.db.write() as tx:
        await tx.conn.execute(insert(agreements).values(**row, at=staff.world.clock.now()))
    assert (await staff.see(entry)).entry.state is State.ASKED
    await agree(house, staff.dan, entry)
    assert (await staff.see(entry)).entry.state is State.HALF
    with pytest.raises(AlreadyDecided):
        await give(house, staff.cia, entry, (Scope.TIMES,), staff.now(), "")


# Who is told


async def test_the_queue_page_tells_who_may_agree_and_shows_who_asked_how_far_it_is(
    staff: Staff,
) -> None:
    world, entry = staff.world, await staff.asked()
    for member, n in ((staff.alva, 0), (staff.cia, 1), (staff.elis, 1)):
        assert (await beside(world.house, member)).decide == n
        queue = await world.queue(member)
        assert (queue.beside.decide, [one.calls for one in queue.asked]) == (n, [bool(n)])
    await agree(world.house, staff.elis, entry)
    (mine,) = (await world.queue(staff.alva)).asked
    assert [(it.name, it.at) for it in mine.agreed] == [("Elis", world.clock.now())]
    assert (await world.queue(staff.elis)).asked == ()
    await agree(world.house, staff.cia, entry)
    assert (
        await beside(world.house, staff.dan)
    ).decide == 1  # what was given is to be written down
    assert (await world.queue(staff.elis)).asked == ()
    await refuse(world.house, staff.dan, entry, Refusal.UNCLEAR, "")
    assert (await world.queue(staff.alva)).asked == ()


async def written_in(staff: Staff, entry: UUID, *who: UUID) -> None:
    """Agreements, by somebody who writes into the database."""
    row = {"disclosure_id": entry, "leads": True, "at": staff.world.clock.now()}
    async with staff.world.house.db.write() as tx:
        for one in who:
            await tx.conn.execute(insert(agreements).values(row | {"member_id": one}))


async def test_what_was_agreed_to_by_hand_waits_for_nobody_and_is_named(staff: Staff) -> None:
    world, entry = staff.world, await staff.asked()
    await written_in(staff, entry, staff.elis.id, staff.cia.id)
    for member, shows in ((staff.alva, 1), (staff.cia, 1), (staff.dan, 1), (staff.elis, 0)):
        queue = await world.queue(member)
        assert (await beside(world.house, member)).decide == queue.beside.decide == 0
        assert [(one.calls, one.forged) for one in queue.asked] == [(False, True)] * shows
    await refuse(world.house, staff.dan, entry, Refusal.UNCLEAR, "")
    assert (await world.queue(staff.cia)).asked == ()


async def test_what_was_agreed_to_by_hand_keeps_nobody_from_being_told(
    staff: Staff, tower: Tower
) -> None:
    world = staff.world
    monday = await evening(world)
    await written_in(staff, await staff.asked(), staff.elis.id, staff.cia.id)
    await until(world, monday)
    assert await tell_undecided(world.house) == 1
    assert tower.world is world


async def test_whoever_must_stay_away_is_told_nothing(staff: Staff) -> None:
    world = staff.world
    await staff.asked()
    await keep_away(world.house, staff.cia, await world.only(), staff.dan.id)
    assert (await beside(world.house, staff.dan)).decide == 0
    assert (await world.queue(staff.dan)).asked == ()


@pytest.fixture
async def tower(staff: Staff) -> Tower:
    made = Tower(staff.world)
    await made.paged("Cia", CIAS)
    await made.paged("Dan", DANS)
    return made


async def until(world: World, at: datetime) -> None:
    world.clock.advance(seconds=(at - world.clock.now()).total_seconds())


async def evening(world: World) -> datetime:
    """A Friday at half past six; Monday at eight comes next."""
    start = world.clock.now()
    day = next(
        start + timedelta(days=n) for n in range(1, 9) if (start + timedelta(days=n)).weekday() == 4
    )
    await until(world, day.replace(hour=17, minute=30, tzinfo=UTC))
    return next_working(world.clock.now(), ZONE)


async def test_coordinators_are_told_in_working_time_and_once(
    staff: Staff, twin: House, tower: Tower
) -> None:
    world = staff.world
    monday = await evening(world)
    await staff.asked()
    await tower.tick()
    world.clock.advance(hours=9)
    assert await tell_undecided(world.house) == 0
    await until(world, monday - timedelta(minutes=1))
    assert await tell_undecided(world.house) == 0
    await until(world, monday)
    told = await asyncio.gather(*(tell_undecided(each) for each in (world.house, twin) * 2))
    assert sum(told) == 1
    heard = len(tower.heard)
    while await tower.tick():
        pass
    new = [one for one in tower.heard[heard:] if "beslut" in one[1]]
    assert sorted(to for to, _ in new) == [CIAS, DANS]
    assert "Utväg: något väntar på ditt beslut" in new[0][1]
    world.clock.advance(hours=2)
    assert await tell_undecided(world.house) == 0


async def test_neither_who_asked_nor_who_agreed_nor_who_must_stay_away_is_told(
    staff: Staff, tower: Tower
) -> None:
    world = staff.world
    monday = await evening(world)
    entry = await staff.asked()
    await agree(world.house, staff.cia, entry)
    await keep_away(world.house, staff.cia, await world.only(), staff.dan.id)
    await until(world, monday)
    assert await tell_undecided(world.house) == 0
    await World.hired(world.house, "Fia", Role.COORDINATOR)
    await tower.paged("Fia", "+46701740655")
    assert await tell_undecided(world.house) == 1


async def test_decided_before_morning_nobody_is_told(staff: Staff, tower: Tower) -> None:
    world = staff.world
    monday = await evening(world)
    refused, agreed = await staff.asked(), await staff.asked()
    await refuse(world.house, staff.elis, refused, Refusal.UNCLEAR, "")
    await agree(world.house, staff.dan, agreed)
    await agree(world.house, staff.elis, agreed)
    await until(world, monday)
    assert await tell_undecided(world.house) == 0
    assert tower.heard == []


async def test_killed_before_it_is_committed_it_is_told_by_the_next(
    staff: Staff, twin: House, tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = staff.world
    monday = await evening(world)
    await staff.asked()
    await until(world, monday)

    async def dies(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as dying:
        dying.setattr("handlers.tell_undecided.pages.add", dies)
        with pytest.raises(RuntimeError):
            await tell_undecided(world.house)
    assert await tell_undecided(twin) == 1
    assert tower.world is world


def test_working_time_is_by_the_citys_wall_also_when_the_clock_changes() -> None:
    friday = datetime(2026, 10, 23, 15, 30, tzinfo=UTC)  # 17:30 in summer time
    assert not is_working(friday, ZONE)
    assert next_working(friday, ZONE) == datetime(2026, 10, 26, 7, tzinfo=UTC)
    monday = datetime(2026, 10, 26, 7, tzinfo=UTC)
    assert is_working(monday, ZONE)
    assert next_working(monday, ZONE) == monday
    assert next_working(monday - timedelta(seconds=1), ZONE) == monday
    assert next_working(monday + timedelta(hours=9), ZONE) == monday + timedelta(days=1)


async def test_who_works_here_is_asked_until_the_commit(staff: Staff) -> None:
    async with staff.world.house.db.write() as tx:
        assert await members.at_work(tx, staff.elis.id) is not None
        assert await members.at_work(tx, UUID(int=1)) is None
