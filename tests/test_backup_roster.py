"""Whoever was revoked since a back-up is back in it: nobody signs in until they were looked at."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.member import Role
from handlers.confirm_roster import confirm_roster, see_roster
from handlers.errors import BadInput
from handlers.house import House
from handlers.invite import invite, revoke
from handlers.join import join
from handlers.let_write import RosterUnconfirmed, let_write
from handlers.sign_in import sign_in
from storage import backup_marks
from storage.opening import open_database
from tests.backups import Vault
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
