"""What is known of a role outlives the log's oldest part, and what was never given does not."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update

from domain.access import Role
from domain.noted import Noted
from domain.retention import TERMS, Kept
from handlers.errors import LinkSpent
from handlers.house import House
from handlers.invite import invite
from handlers.join import join
from handlers.let_go import let_go
from handlers.sign_in import whose_session
from storage import audit, given_roles, members, nights, tables
from storage.database import Tx
from storage.given_roles import By
from tests.aging import ME, a_night, after, until_night
from tests.clock import Clock
from tests.sessions import lasting
from tests.test_role_raised import LOG, without_triggers, written
from tests.world import World

PASSPHRASE = "en lång mening om hösten"


@pytest.fixture(autouse=True)
def _ids_of_this_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.ids._last", (0, 0))  # other tests' clocks were ahead


async def goes(house: House, number: int | None = None) -> None:
    """The log up to this entry, or all of it."""
    async with house.db.write() as tx:
        until = number or (await audit.head(tx)).number
        those = await given_roles.only_until(tx, until)
        assert await audit.cut(tx, until, house.now())
        given_roles.say_again(tx, those, house.now())


async def counts(house: House) -> dict[str, tuple[Role, By]]:
    async with house.db.read() as tx:
        return {one.entry.name: (one.role, one.by) for one in await given_roles.every(tx)}


async def said_of(house: House, whose: UUID) -> list[tuple[str, str]]:
    async with house.db.read() as tx:
        theirs = [one async for one in audit.entries(tx) if one.object_id == whose]
    return [(one.act, one.detail) for one in theirs if one.act != Noted.LINK]


async def log_of(house: House) -> list[dict[str, Any]]:
    """All of it, as somebody copies it who reads the database."""
    async with house.db.read() as tx:
        return [dict(row) for row in (await tx.conn.execute(select(audit.T))).mappings()]


async def before_the_log(house: House, clock: Clock, name: str, role: Role) -> UUID:
    """Somebody of a database of before."""
    member = await World.hired(house, name, role)
    async with house.db.write() as tx:
        await without_triggers(tx)
        await tx.conn.execute(delete(audit.T))
    clock.advance(minutes=1)
    return member.id


def early(moment: datetime) -> UUID:
    """An id as if it had been made then."""
    made = int((moment - timedelta(days=400)).timestamp() * 1000)
    return UUID(int=made << 80 | 0x7 << 76 | 0x2 << 62 | 1)


async def joined_before(house: House, token: str, whose: UUID) -> str:
    """As by a version that did not ask for whom a link was made."""
    async with house.db.write() as tx:
        link = tx.keys.index("invitation", token)
        assert await members.join(tx, link, b"no passphrase", house.now())
        audit.note(tx, Noted.JOINED, house.now(), whose, whose)
        entry = await members.by_id(tx, whose)
    assert entry is not None
    return await lasting(house, entry.member)


@pytest.mark.parametrize("cut_before", [False, True])
async def test_who_joins_by_an_invented_early_id_is_a_reporter_before_and_after_the_cut(
    house: House, clock: Clock, cut_before: bool
) -> None:
    token = await invite(house, "Robin", Role.REPORTER)
    theirs = early(clock.now())
    async with house.db.write() as tx:
        own = update(tables.members).values(id=theirs, role=Role.COORDINATOR)
        await tx.conn.execute(own)
    clock.advance(minutes=1)
    await invite(house, "Elis", Role.ADMIN)
    copied = await log_of(house)
    if cut_before:
        await goes(house)
    with pytest.raises(LinkSpent):
        await join(house, token, PASSPHRASE, PASSPHRASE)
    session = await joined_before(house, token, theirs)

    async def is_a_reporter() -> None:
        held = await whose_session(house, session)
        assert held is not None
        assert held.member.id == theirs
        assert (held.member.role, held.is_forged) == (Role.REPORTER, True)

    await is_a_reporter()
    assert (Noted.JOINED, "") in await said_of(house, theirs)
    copied += await log_of(house)
    await goes(house)
    await is_a_reporter()
    assert await said_of(house, theirs) == []
    async with house.db.write() as tx:
        await without_triggers(tx)
        those = {e["number"]: e for e in copied if e["act"] != Noted.JOINED}
        assert {1} < set(those)
        await tx.conn.execute(insert(audit.T), list(those.values()))
    await is_a_reporter()
    assert (await counts(house))["Elis"] == (Role.ADMIN, By.LOG)


async def test_who_was_here_before_the_log_stays_believed_and_their_row_is_never_made_genuine(
    house: House, clock: Clock
) -> None:
    robin = await before_the_log(house, clock, "Robin", Role.ADMIN)
    await invite(house, "Elis", Role.REPORTER)
    for _ in range(2):
        await goes(house)
        assert await counts(house) == {
            "Robin": (Role.ADMIN, By.ROW),
            "Elis": (Role.REPORTER, By.LOG),
        }
        assert await said_of(house, robin) == [(Noted.ROLE_BELIEVED, "")]
    await invite(house, "Cia", Role.REPORTER)
    async with house.db.read() as tx:
        number = (await audit.head(tx)).number
    clock.advance(minutes=1)
    await invite(house, "Bea", Role.REPORTER)
    await written(house, robin, Role.COUNSELLOR)
    await goes(house, number)
    assert (await counts(house))["Robin"] == (Role.COUNSELLOR, By.ROW)
    assert {detail for act, detail in await said_of(house, robin)} == {""}


async def test_of_somebody_whose_entries_are_missing_nothing_is_said(
    house: House, clock: Clock
) -> None:
    await invite(house, "Elis", Role.REPORTER)
    robin = await World.hired(house, "Robin", Role.ADMIN)
    await invite(house, "Cia", Role.COUNSELLOR)
    async with house.db.write() as tx:
        await without_triggers(tx)
        hers = select(audit.T).where(LOG.object_id == robin.id, LOG.act == Noted.INVITED)
        (entry,) = (await tx.conn.execute(hers)).mappings()
        await tx.conn.execute(delete(audit.T).where(LOG.object_id == robin.id))
    await goes(house, entry["number"] - 1)
    assert await said_of(house, robin.id) == []
    assert (await counts(house))["Robin"] == (Role.REPORTER, By.NOTHING)
    async with house.db.write() as tx:
        await tx.conn.execute(insert(audit.T).values(dict(entry)))
    assert (await counts(house))["Robin"] == (Role.ADMIN, By.LOG)


async def test_a_cut_entry_that_was_written_back_is_not_said_again(house: House) -> None:
    robin = await World.hired(house, "Robin", Role.ADMIN)
    copied = [e for e in await log_of(house) if e["object_id"] == robin.id]
    await goes(house)
    async with house.db.write() as tx:
        await without_triggers(tx)
        await tx.conn.execute(delete(audit.T).where(LOG.object_id == robin.id))
        await tx.conn.execute(insert(audit.T), copied)
    async with house.db.write() as tx:
        those = await given_roles.only_until(tx, (await audit.head(tx)).number)
    assert robin.id not in {one.entry.id for one in those}


async def test_only_who_would_be_forgotten_is_said_again(house: House, clock: Clock) -> None:
    robin = await World.hired(house, "Robin", Role.ADMIN)
    async with house.db.read() as tx:
        number = (await audit.head(tx)).number
    elis = await World.hired(house, "Elis", Role.REPORTER)
    await goes(house, number)
    assert await said_of(house, robin.id) == [(Noted.ROLE, Role.ADMIN)]
    assert await said_of(house, elis.id) == [(Noted.INVITED, Role.REPORTER)]


async def test_a_role_given_while_the_night_cuts_the_log_is_the_last_word(world: World) -> None:
    robin = await World.hired(world.house, "Robin", Role.REPORTER)
    await after(world, TERMS[Kept.AUDIT].usual + 1)
    await until_night(world)
    while await _step(world) != "log":
        assert await let_go(world.house, ME)
    async with world.house.db.write() as tx:
        await audit.hold(tx)
        night = asyncio.create_task(let_go(world.house, ME))
        if tx.postgres:
            await _waits(world, night)
        await members.set_role(tx, robin.id, Role.ADMIN)
        audit.note(tx, Noted.ROLE, world.clock.now(), object_id=robin.id, detail=Role.ADMIN)
    assert await night == 1
    await a_night(world)
    assert (await counts(world.house))["Robin"] == (Role.ADMIN, By.LOG)
    assert (Noted.INVITED, Role.REPORTER) not in await said_of(world.house, robin.id)


async def _step(world: World) -> str | None:
    async with world.house.db.read() as tx:
        night = await nights.seen(tx)
    return night.step if night else None


async def _waits(world: World, night: asyncio.Task[int]) -> None:
    """For the log, by now."""
    async with asyncio.timeout(20):
        while not night.done():
            async with world.house.db.read() as tx:
                if await _is_waited_for(tx):
                    return
            await asyncio.sleep(0.01)


async def _is_waited_for(tx: Tx) -> bool:
    locks = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
    return bool((await tx.conn.exec_driver_sql(locks)).scalar_one())
