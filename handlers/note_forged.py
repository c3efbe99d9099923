"""What somebody wrote into a member's row counts for nothing; whoever comes by it is written down:
signed in with another role than they were given, or by a link that was made for another."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.member import Member, Role
from domain.noted import Noted
from handlers.house import House
from storage import audit, given_roles
from storage.database import Tx, Unavailable

QUIET = timedelta(hours=1)
"""Within which it is one entry."""


async def note_forged(house: House, member: Member) -> None:
    """The role that stands there now, unless it was noted lately: then nothing is written."""
    now = house.now()
    try:
        async with house.db.read() as tx:
            if await _unnoted(tx, member, now) is None:
                return
        async with house.db.write() as tx:
            written = await _unnoted(tx, member, now)
            if written is not None:
                audit.note(tx, Noted.ROLE_FORGED, now, member.id, detail=written)
    except Unavailable:  # the given role counts all the same, and the next request notes it
        return


async def note_forged_link(house: House, whose: UUID) -> None:
    """A link that stands in the row of `whose` otherwise than it was made."""
    now, seen = house.now(), (None, whose, "")
    try:
        async with house.db.write() as tx:
            if not await audit.noted_since(tx, Noted.LINK_FORGED, now - QUIET, *seen):
                audit.note(tx, Noted.LINK_FORGED, now, *seen)
    except Unavailable:  # it is refused all the same, and the next who opens it notes it
        return


async def _unnoted(tx: Tx, member: Member, now: datetime) -> Role | None:
    """What stands in their row, if it is not what they were given and nobody noted it lately."""
    given = await given_roles.of_member(tx, member.id)
    if given is None or given.is_as_written:
        return None
    written = given.entry.role
    since = now - QUIET
    noted = await audit.noted_since(tx, Noted.ROLE_FORGED, since, member.id, None, written)
    return None if noted else written
