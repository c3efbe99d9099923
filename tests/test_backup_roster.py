"""Whoever was revoked since a back-up is back in it: nobody signs in until they were looked at."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from subprocess import CompletedProcess

import pytest
from sqlalchemy import update

from domain.member import Role
from handlers.confirm_roster import confirm_roster, end_put_back, see_roster
from handlers.errors import BadInput, NotFound
from handlers.give_role import give_role
from handlers.house import House
from handlers.invite import invite, revoke
from handlers.join import join
from handlers.let_write import RosterUnconfirmed, let_write
from handlers.sign_in import sign_in
from storage import audit, backup_marks, members, tables
from storage.opening import open_database
from tests.backups import Vault
from tests.process import utvag
from tests.sealed import Sealed
from tests.world import SECRET
from utvag.doctor_backup import examine_backups

WORDS = "tretton gröna paraplyer i regnet"


@pytest.fixture
async def again(sealed: Sealed, vault: Vault) -> AsyncIterator[House]:
    """Bodil was revoked after the back-up."""
    token = await invite(sealed.house, "Bodil", Role.COUNSELLOR)
    await join(sealed.house, token, WORDS, WORDS)
    await vault.back_up()
    await revoke(sealed.house, "Bodil")
    sealed.clock.advance(minutes=1)
    await vault.restore()
    db = await open_database(vault.empty, SECRET, sealed.clock.now())
    try:
        yield replace(sealed.house, db=db)
    finally:
        await db.close()


async def refused(house: House) -> str:
    with pytest.raises(BadInput) as error:
        await sign_in(house, "Bodil", WORDS, source="here")
    return error.value.problem


async def test_nobody_signs_in_until_the_roster_was_looked_at(again: House) -> None:
    assert await refused(again) == "unconfirmed"
    token = await invite(again, "Cecilia", Role.COUNSELLOR)
    with pytest.raises(BadInput):
        await join(again, token, WORDS, WORDS)
    there = await see_roster(again)
    assert there is not None
    assert {one.entry.name for one in there} == {"Alva", "Bodil"}
    await revoke(again, "Bodil")
    assert await confirm_roster(again, there)
    assert await see_roster(again) is None
    assert await refused(again) == "wrong"
    assert await join(again, token, WORDS, WORDS)


async def test_whoever_was_not_seen_is_not_confirmed(again: House) -> None:
    there = await see_roster(again)
    assert there
    assert not await confirm_roster(again, there[1:])
    assert await refused(again) == "unconfirmed"
    assert await confirm_roster(again, there)
    assert await sign_in(again, "Bodil", WORDS, source="here")
    assert not await confirm_roster(again, there)


async def by_hand(house: House, **values: object) -> None:
    """Somebody writes into Bodil's row."""
    async with house.db.write() as tx:
        bodil = await members.by_name(tx, "Bodil")
        assert bodil
        theirs = update(tables.members).where(tables.members.c.id == bodil.id)
        await tx.conn.execute(theirs.values(values))


async def test_the_list_says_which_role_they_were_given_and_what_the_line_wrote_down(
    again: House,
) -> None:
    (before,) = [one for one in await see_roster(again) or [] if one.entry.name == "Bodil"]
    await by_hand(again, role=Role.REPORTER)
    async with again.db.write() as tx:
        last = await audit.head(tx)
        forged = {"number": last.number + 1, "at": again.now(), "act": "role", "generation": 1}
        forged |= {"object_id": before.entry.id, "detail": "reporter", "member_id": None}
        hashes = {"previous": last.hash, "hash": bytes(32)}
        await tx.conn.execute(audit.T.insert().values({**forged, **hashes}))
    (now,) = [one for one in await see_roster(again) or [] if one.entry.name == "Bodil"]
    assert (now.role, now.changed_at) == (Role.COUNSELLOR, before.changed_at)


async def test_whoever_was_revoked_and_is_put_back_by_hand_is_confirmed_by_nobody(
    again: House,
) -> None:
    await revoke(again, "Bodil")
    await by_hand(again, revoked_at=None)
    there = await see_roster(again)
    assert there
    assert [one.entry.name for one in there if one.put_back] == ["Bodil"]
    assert not await confirm_roster(again, there)
    assert await refused(again) == "wrong"
    await revoke(again, "Bodil")
    there = await see_roster(again)
    assert there
    assert await confirm_roster(again, there)


async def test_whoever_is_put_back_by_a_name_that_nobody_reads_is_ended_by_their_id(
    again: House, vault: Vault
) -> None:
    await revoke(again, "Bodil")
    (bodil,) = [one for one in await everybody(again) if one.name == "Bodil"]
    settings = {"database_url": vault.empty, "secret_key": SECRET, "data_dir": str(vault.data)}

    async def typed(*words: str) -> CompletedProcess[str]:
        return await asyncio.to_thread(utvag, settings, "staff", "confirm", *words)

    broken = {"name_sealed": b"of nobody", "name_index": b"of nobody"}
    async with again.db.write() as tx:
        theirs = update(tables.members).where(tables.members.c.id == bodil.id)
        await tx.conn.execute(theirs.values(revoked_at=None, **broken))
    for name in ("Bodil", "?"):
        with pytest.raises(NotFound):
            await revoke(again, name)
    refused = await typed("--yes")
    assert refused.returncode == 1
    assert f"?  {bodil.id}" in refused.stderr
    assert "utvag staff confirm --end-put-back" in refused.stderr
    ended = await typed("--end-put-back")
    assert ended.returncode == 1
    assert "Revoked again: 1" in ended.stdout
    assert "Nobody signs in yet." in ended.stderr
    assert await end_put_back(again) == 0
    there = await see_roster(again)
    assert there
    assert [one.entry.name for one in there] == ["Alva"]
    confirmed = await typed("--yes")
    assert confirmed.returncode == 0, confirmed.stderr
    assert await see_roster(again) is None


async def test_nobody_else_is_ended_with_them(again: House) -> None:
    assert await end_put_back(again) == 0
    await revoke(again, "Bodil")
    await by_hand(again, revoked_at=None)
    assert await end_put_back(again) == 1
    gone = {one.name: one.revoked_at is not None for one in await everybody(again)}
    assert gone == {"Alva": False, "Bodil": True}


async def everybody(house: House) -> list[members.Entry]:
    async with house.db.read() as tx:
        return await members.every(tx)


async def test_a_role_that_changed_since_the_list_was_seen_is_looked_at_again(again: House) -> None:
    there = await see_roster(again)
    assert there
    await give_role(again, "Bodil", Role.COORDINATOR)
    assert not await confirm_roster(again, there)
    again_seen = await see_roster(again)
    assert again_seen
    assert await confirm_roster(again, again_seen)


async def test_it_comes_before_writing_and_doctor_says_so(again: House) -> None:
    with pytest.raises(RosterUnconfirmed):
        await let_write(again)
    failed = [one.text for one in await examine_backups(again) if one.failed]
    assert any("utvag staff confirm" in one for one in failed)
    there = await see_roster(again)
    assert there
    await confirm_roster(again, there)
    failed = [one.text for one in await examine_backups(again) if one.failed]
    assert not any("utvag staff confirm" in one for one in failed)
    assert await let_write(again) is not None


async def test_a_line_that_was_never_restored_asks_nobody(sealed: Sealed) -> None:
    assert await see_roster(sealed.house) is None
    async with sealed.house.db.read() as tx:
        assert not await backup_marks.is_unconfirmed(tx)
