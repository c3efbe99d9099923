"""Who works at a line that was restored? Whoever was revoked since the back-up is back in it: so
nobody signs in until an administrator has said that all who stand there may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.house import House
from storage import audit, backup_marks, given_roles, members
from storage.members import Entry


@dataclass(frozen=True)
class Listed:
    """Somebody who could sign in."""

    entry: Entry
    changed_at: datetime
    """When something about their account was last written down."""


async def see_roster(house: House) -> list[Listed] | None:
    """Those who could; None where nobody has to confirm them."""
    async with house.db.read() as tx:
        if not await backup_marks.is_unconfirmed(tx):
            return None
        staff = await given_roles.staff(tx)
        there = [one for one in staff if one.joined_at and not one.revoked_at]
        noted = await audit.last_about(tx, [one.id for one in there])
    return [Listed(one, noted.get(one.id, one.joined_at or one.invited_at)) for one in there]


async def confirm_roster(house: House, seen: Sequence[Listed]) -> bool:
    """From now on they sign in; False where nobody had to confirm it, or other people stand there
    by now than were seen."""
    now, known = house.now(), {one.entry.id for one in seen}
    async with house.db.write() as tx:
        there = {one.id for one in await members.every(tx) if one.joined_at and not one.revoked_at}
        if not there <= known or not await backup_marks.confirm(tx, now):
            return False
        audit.note(tx, "roster_confirmed", now, detail=len(there))
    return True
