"""An invitation is whose it was made for, for as long as it was made for, and the last one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update

from domain.member import Role
from domain.noted import Noted
from handlers.errors import LinkSpent
from handlers.house import House
from handlers.invite import invite
from handlers.join import invited, join
from handlers.sign_in import whose_session
from storage import audit, members, tables
from storage.ids import new_id
from tests.clock import Clock
from tests.test_role_raised import without_triggers
from tests.world import World
from utvag.doctor_team import examine_team

PASSPHRASE = "en lång mening om hösten"
M, LOG = tables.members.c, audit.T.c


async def row(house: House, name: str) -> dict[str, Any]:
    async with house.db.read() as tx:
        entry = await members.by_name(tx, name)
        assert entry is not None
        query = select(tables.members).where(M.id == entry.id)
        return dict((await tx.conn.execute(query)).mappings().one())


async def put(house: House, whose: UUID, **values: object) -> None:
    """By somebody who writes into the database."""
    async with house.db.write() as tx:
        await tx.conn.execute(update(tables.members).where(M.id == whose).values(**values))


async def refused(house: House, token: str) -> None:
    with pytest.raises(LinkSpent):
        await invited(house, token)
    with pytest.raises(LinkSpent):
        await join(house, token, PASSPHRASE, PASSPHRASE)


async def noted(house: House) -> list[UUID | None]:
    async with house.db.read() as tx:
        return [one.object_id async for one in audit.entries(tx) if one.act == Noted.LINK_FORGED]


async def doctor(house: House) -> list[str]:
    found = [one for one in await examine_team(house) if one.text.startswith("invitations")]
    return [
        f"{one.verdict.name} {one.text.split(':')[1].split(' stands')[0].strip()}" for one in found
    ]


async def test_who_was_invited_does_not_join_as_somebody_else(house: House, clock: Clock) -> None:
    """Their link is moved to the row of a coordinator who has not joined."""
    token = await invite(house, "Rut", Role.REPORTER)
    await invite(house, "Cia", Role.COORDINATOR)
    assert await doctor(house) == []
    rut, cia = await row(house, "Rut"), await row(house, "Cia")
    await put(house, rut["id"], invitation_hash=None)
    await put(house, cia["id"], invitation_hash=rut["invitation_hash"])
    await refused(house, token)
    assert await noted(house) == [cia["id"]]
    assert await doctor(house) == ["FAIL Cia's"]
    clock.advance(hours=2)
    await refused(house, token)
    assert await noted(house) == [cia["id"]] * 2
    await put(house, cia["id"], invitation_hash=None)
    await put(house, rut["id"], invitation_hash=rut["invitation_hash"])
    assert await invited(house, token) == "Rut"
    assert await doctor(house) == []


async def test_it_holds_no_longer_than_was_said(house: House, clock: Clock) -> None:
    token = await invite(house, "Rut", Role.REPORTER)
    rut = await row(house, "Rut")
    later = rut["invitation_ends_at"] + timedelta(days=300)
    await put(house, rut["id"], invitation_ends_at=later)
    clock.advance(hours=73)
    await refused(house, token)
    assert await noted(house) == [rut["id"]]


async def test_one_of_before_that_is_put_back_is_refused(house: House) -> None:
    old = await invite(house, "Rut", Role.REPORTER)
    before = await row(house, "Rut")
    new = await invite(house, "Rut", Role.REPORTER)
    now = await row(house, "Rut")
    own = ("invitation_hash", "invitation_ends_at")
    await put(house, before["id"], **{name: before[name] for name in own})
    await refused(house, old)
    await put(house, before["id"], **{name: now[name] for name in own})
    assert await invited(house, new) == "Rut"


async def test_one_that_was_used_is_not_used_again(house: House) -> None:
    token = await invite(house, "Rut", Role.REPORTER)
    before = await row(house, "Rut")
    await join(house, token, PASSPHRASE, PASSPHRASE)
    kept = {"invitation_hash": before["invitation_hash"], "joined_at": None}
    await put(house, before["id"], **kept)
    await refused(house, token)
    assert await noted(house) == [before["id"]]


async def test_another_role_in_the_row_gives_whoever_joins_no_other(house: House) -> None:
    token = await invite(house, "Rut", Role.REPORTER)
    await put(house, (await row(house, "Rut"))["id"], role=Role.COORDINATOR)
    held = await whose_session(house, await join(house, token, PASSPHRASE, PASSPHRASE))
    assert held is not None
    assert held.member.role is Role.REPORTER


async def test_a_row_that_somebody_invented_lets_nobody_join(house: House, clock: Clock) -> None:
    token = await invite(house, "Rut", Role.REPORTER)
    rut = await row(house, "Rut")
    await put(house, rut["id"], invitation_hash=None)
    false = rut | {"id": new_id(clock.now()), "name_index": b"another", "role": Role.COORDINATOR}
    async with house.db.write() as tx:
        await tx.conn.execute(insert(tables.members).values(false))
    await refused(house, token)


async def test_one_of_which_the_log_says_nothing_is_refused_and_doctor_says_what_to_do(
    world: World,
) -> None:
    """Of before links were written down, or its entry is gone."""
    house = world.house
    token = await invite(house, "Rut", Role.REPORTER)
    async with house.db.write() as tx:
        await without_triggers(tx)
        await tx.conn.execute(delete(audit.T).where(LOG.act == Noted.LINK))
    await refused(house, token)
    assert await noted(house) == []
    (told,) = [one for one in await examine_team(house) if one.text.startswith("invitations")]
    assert not told.failed
    assert "Rut" in told.text
    assert "utvag staff invite" in told.text
    new = await invite(house, "Rut", Role.REPORTER)
    assert await doctor(house) == []
    await join(house, new, PASSPHRASE, PASSPHRASE)


async def test_an_entry_of_anothers_link_that_somebody_copied_is_not_true(house: House) -> None:
    token = await invite(house, "Rut", Role.REPORTER)
    await invite(house, "Cia", Role.COORDINATOR)
    rut, cia = await row(house, "Rut"), await row(house, "Cia")
    own = {name: rut[name] for name in ("invitation_hash", "invitation_ends_at")}
    await put(house, rut["id"], invitation_hash=None)
    await put(house, cia["id"], **own)
    async with house.db.write() as tx:
        await without_triggers(tx)
        query = select(audit.T).where(LOG.object_id == rut["id"], LOG.act == Noted.LINK)
        (entry,) = (await tx.conn.execute(query)).mappings()
        await tx.conn.execute(
            insert(audit.T).values(dict(entry) | {"number": 900, "object_id": cia["id"]})
        )
    await refused(house, token)
