"""Who works at a line that was restored? Whoever was revoked since the back-up is back in it: so
nobody signs in until an administrator has said that all who stand there may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.access import Role
from domain.noted import Noted
from handlers.house import House
from handlers.invite import end_member
from storage import audit, backup_marks, given_roles
from storage.database import Tx
from storage.members import Entry


@dataclass(frozen=True)
class Listed:
    """Somebody who could sign in."""

    entry: Entry
    role: Role
    """That they were given, whatever stands in their row."""
    changed_at: datetime
    """When the line last wrote something down about their account."""
    put_back: bool
    """The log says that they were revoked: their row was put back by hand."""


async def see_roster(house: House) -> list[Listed] | None:
    """Those who could; None where nobody has to confirm them."""
    async with house.db.read() as tx:
        return await _listed(tx) if await backup_marks.is_unconfirmed(tx) else None


async def _listed(tx: Tx) -> list[Listed]:
    staff = await given_roles.staff(tx)
    there = [one for one in staff if one.joined_at and not one.revoked_at]
    noted = await audit.about(tx, [one.id for one in there])
    last = {one.object_id: one.at for one in reversed(noted)}
    revoked = {one.object_id for one in noted if one.act == Noted.REVOKED}
    return [
        Listed(
            one,
            one.role,
            last.get(one.id, one.joined_at or one.invited_at),
            one.id in revoked,
        )
        for one in there
    ]


async def confirm_roster(house: House, seen: Sequence[Listed]) -> bool:
    """From now on they sign in; False where nobody had to confirm it, where other people stand
    there by now than were seen, or in other roles, and where somebody was put back."""
    now, known = house.now(), {(one.entry.id, one.role) for one in seen}
    async with house.db.write() as tx:
        there = await _listed(tx)
        as_seen = {(one.entry.id, one.role) for one in there} <= known
        if not as_seen or any(one.put_back for one in there):
            return False
        if not await backup_marks.confirm(tx, now):
            return False
        audit.note(tx, "roster_confirmed", now, detail=len(there))
    return True


async def end_put_back(house: House) -> int:
    """End the account of everybody who was revoked and whose row was put back by hand, by their id:
    the name may be one that nobody reads any more. How many they were."""
    now = house.now()
    async with house.db.write() as tx:
        back = [one for one in await _listed(tx) if one.put_back]
        for one in back:
            await end_member(tx, one.entry.id, now, house.pace)
    if back:
        house.wake.pages()
    return len(back)
