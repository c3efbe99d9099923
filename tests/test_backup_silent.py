"""A restored line writes to no contact until an administrator says so, and loses nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from domain.delivery import Delivery
from handlers.confirm_roster import confirm_roster, see_roster
from handlers.house import House
from handlers.invite import invite
from handlers.let_write import let_write
from handlers.rotas import Rotas
from handlers.see_conversation import see_conversation
from handlers.see_queue import see_queue
from handlers.seen import Said
from handlers.send import lease
from handlers.standing import Standings
from storage import audit, backup_marks, outbox, tables
from storage.backup_marks import Kind, Mark
from storage.database import Database
from storage.opening import open_database
from tests.backups import Vault, rows
from tests.sealed import Sealed
from tests.world import SECRET
from utvag.doctor_backup import examine_backups
from utvag.finding import Verdict


@dataclass
class Again(Sealed):
    """The line after the restore."""

    @classmethod
    async def on(cls, sealed: Sealed, house: House) -> "Again":
        reader = sealed.desk.db._reader
        assert reader is not None
        desk = replace(house, db=house.db.reading(reader))
        return cls(house, sealed.clock, sealed.counsellor, sealed.alva, desk)


@pytest.fixture
async def again(sealed: Sealed, vault: Vault) -> AsyncIterator[Again]:
    """What the machine said last waited when it was backed up."""
    await sealed.text("hej")
    await sealed.write("1")
    async with restored(sealed, vault) as made:
        yield made


@asynccontextmanager
async def restored(sealed: Sealed, vault: Vault) -> AsyncIterator[Again]:
    """Ten minutes after the back-up."""
    await vault.back_up()
    sealed.clock.advance(minutes=10)
    async with put_back(sealed, vault) as made:
        yield made


@asynccontextmanager
async def put_back(
    sealed: Sealed, vault: Vault, *, without_list: bool = False
) -> AsyncIterator[Again]:
    """Restored, and its roster confirmed."""
    await vault.restore(without_list=without_list)
    db = await open_database(vault.empty, SECRET, sealed.clock.now())
    try:
        house = replace(sealed.house, db=db, rotas=Rotas(), standings=Standings())
        there = await see_roster(house)
        assert there is not None
        assert await confirm_roster(house, there)
        yield await Again.on(sealed, house)
    finally:
        await db.close()


async def waiting(house: House) -> list[outbox.Sending]:
    async with house.db.write() as tx:
        return await outbox.sendable(tx, house.now(), 100)


async def test_nothing_leaves_until_it_is_let(again: Again) -> None:
    assert await waiting(again.house)
    assert await lease(again.house) == []
    talk = await again.taken()
    await again.reply(talk, "ett svar", asked=True)
    again.clock.advance(hours=1)
    assert await lease(again.house) == []
    assert (await see_queue(again.desk, again.counsellor)).held


async def test_what_counsellors_wrote_meanwhile_leaves_then_and_nothing_of_before(
    sealed: Sealed, vault: Vault
) -> None:
    await sealed.text("hej")
    talk = await sealed.taken()
    await sealed.reply(talk, "ett av innan", asked=True)
    async with restored(sealed, vault) as again:
        await again.reply(talk, "ett svar", asked=True)
        assert await let_write(again.house) == 1
        leaving = await lease(again.house)
        assert [one.letter.body for one in leaving] == ["ett svar"]
        shown = await see_conversation(again.desk, again.counsellor, talk, opening=False)
        said = {it.body: it for it in shown.thread if isinstance(it, Said)}
        assert said["ett av innan"].delivery is Delivery.WITHHELD
        assert said["ett av innan"].refusal == "restored"
        assert not (await see_queue(again.desk, again.counsellor)).held


async def test_what_the_machine_said_while_it_was_silent_does_not_come_late(again: Again) -> None:
    await again.write("hej igen")
    again.clock.advance(hours=2)
    assert await let_write(again.house) == len(await rows_of_machine(again))
    assert await lease(again.house) == []


async def rows_of_machine(again: Again) -> list[object]:
    there = await rows(again.house.db)
    columns = list(outbox.T.c.keys())
    held = [dict(zip(columns, row, strict=True)) for row in there["outbox"]]
    return [row for row in held if row["refusal"] == "restored" and not row["by_hand"]]


async def test_it_is_let_once_and_that_is_written_down(again: Again) -> None:
    assert await let_write(again.house) is not None
    assert await let_write(again.house) is None
    async with again.house.db.read() as tx:
        acts = [one.act async for one in audit.entries(tx)]
        assert not isinstance(await audit.verify(tx), audit.Broken)
    assert acts.count("let_write") == 1
    assert "restored" in acts


async def test_a_line_that_was_never_restored_is_not_let_anything(sealed: Sealed) -> None:
    assert await let_write(sealed.house) is None


async def test_doctor_says_so_while_it_lasts(again: Again) -> None:
    failed = [one.text for one in await examine_backups(again.house) if one.failed]
    assert len(failed) == 1
    assert "utvag let-write" in failed[0]
    await let_write(again.house)
    assert not [one for one in await examine_backups(again.house) if one.failed]


async def test_doctor_asks_when_a_back_up_and_a_drill_were_last(sealed: Sealed) -> None:
    def said() -> dict[str, Verdict]:
        return {one.text.partition(":")[0]: one.verdict for one in found if "list" not in one.text}

    found = await examine_backups(sealed.house)
    assert said() == {"back-up": Verdict.NOTE, "restore drill": Verdict.NOTE}
    assert "Never" in found[1].text
    now = sealed.clock.now()
    async with sealed.house.db.write() as tx:
        await backup_marks.put(tx, Mark(Kind.BACKUP, now, folder="backups"))
        await backup_marks.put(tx, Mark(Kind.DRILL, now, now))
    found = await examine_backups(sealed.house)
    assert said() == {"back-up": Verdict.OK, "restore drill": Verdict.OK}
    sealed.clock.advance(hours=24 * 91)
    found = await examine_backups(sealed.house)
    assert said() == {"back-up": Verdict.NOTE, "restore drill": Verdict.NOTE}


async def test_an_invitation_of_before_is_void(sealed: Sealed, vault: Vault) -> None:
    """Somebody may have used it since."""
    await invite(sealed.house, "Bodil", sealed.counsellor.role)
    assert len(await invitations(sealed.house.db)) == 1
    await vault.back_up()
    async with vault.restored() as db:
        assert await invitations(db) == []
        assert len((await rows(db))["members"]) == 2


async def invitations(db: Database) -> list[object]:
    place = list(tables.members.c.keys()).index("invitation_hash")
    return [row[place] for row in (await rows(db))["members"] if row[place]]
