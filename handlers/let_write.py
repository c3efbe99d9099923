"""A restored line writes to contacts again, once an administrator has said so."""

from handlers.house import House
from storage import audit, backup_held, backup_marks, events
from storage.backup_marks import Kind
from storage.events import Event


class RosterUnconfirmed(Exception):
    """Nobody has said yet who works here still."""


async def let_write(house: House) -> int | None:
    """How many texts stay unsent, which may have left before; None where nothing was held.

    What counsellors wrote since the restore leaves, if the rules let it leave now. Raises
    RosterUnconfirmed.
    """
    now = house.now()
    async with house.db.write() as tx:
        if await backup_marks.is_unconfirmed(tx):
            raise RosterUnconfirmed
        restored = (await backup_marks.every(tx)).get(Kind.RESTORE)
        if restored is None or not await backup_marks.let_write(tx, now):
            return None
        unsent = await backup_held.withhold(tx, restored.made_at or restored.at, now)
        audit.note(tx, "let_write", now, detail=unsent)
        talks = await backup_held.still_open(tx)
        await events.add(tx, [Event(talk, "delivery", now) for talk in talks])
    house.wake.outbox()
    return unsent
