"""A line was lost with everybody who read: restored, its recovery sheet opens it, once."""

from dataclasses import replace

import pytest

from handlers.errors import SheetSpent
from handlers.receive import receive
from handlers.see_team import see_team
from storage import messages, tables
from storage.database import Database
from tests.backups import Vault
from tests.sealed import Sealed
from tests.team import Colleague, hired
from tests.test_recovery_sheet import generations, line, made, uses
from tests.test_theft import done_with, lived


async def read(who: Colleague) -> set[str | None]:
    """What they read of everything that was said."""
    async with (await who.reads()).db.read() as tx:
        ids = (await tx.conn.execute(tables.messages.select())).all()
        found = await messages.by_ids(tx, [row.id for row in ids])
        return {one.body for one in found.values()}


async def joins(sealed: Sealed, db: Database, name: str) -> Colleague:
    """Somebody new, on the restored line, on which nobody is left who could admit them."""
    return await hired(replace(sealed.house, db=db), name)


async def test_on_a_restored_line_the_sheet_opens_everything_and_asks_for_a_new_one(
    sealed: Sealed, vault: Vault
) -> None:
    sheet = await made(sealed.alva)
    await lived(sealed)
    await done_with(sealed)
    await vault.back_up()
    async with vault.restored() as db:
        elis = await joins(sealed, db, "Elis")
        assert await read(elis) == {None}
        await uses(elis, sheet)
        assert await generations(elis) == {1, 2}
        assert {"hej", "ett svar"} <= await read(elis)
        assert await line(elis) == "used", "the queue asks for a new one"
        page = await see_team(await elis.reads(), elis.member)
        assert not page.sheet_holds
        bodil = await joins(sealed, db, "Bodil")
        with pytest.raises(SheetSpent):
            await uses(bodil, sheet)
        again = await made(elis)
        assert await line(elis) == ""
        await receive(elis.house, [sealed.message("efteråt")])
        await uses(bodil, again)
        assert {"hej", "efteråt"} <= await read(bodil)
        assert await line(bodil) == "used"


async def test_a_sheet_that_was_used_since_the_back_up_opens_what_is_restored_and_no_more(
    sealed: Sealed, vault: Vault
) -> None:
    """The paper of that day belongs to the back-up of that day."""
    sheet = await made(sealed.alva)
    await lived(sealed)
    await done_with(sealed)
    await vault.back_up()
    await uses(await hired(sealed.house, "Cecilia"), sheet)
    with pytest.raises(SheetSpent):
        await uses(await hired(sealed.house, "Bodil"), sheet)
    async with vault.restored() as db:
        elis = await joins(sealed, db, "Elis")
        await uses(elis, sheet)
        assert {"hej", "ett svar"} <= await read(elis)
        assert await line(elis) == "used"
