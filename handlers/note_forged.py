"""Somebody signed in has another role in their row than they were given: it is written down."""

from datetime import timedelta

from domain.member import Member
from domain.noted import Noted
from handlers.house import House
from storage import audit, given_roles

QUIET = timedelta(hours=1)
"""Within which it is one entry."""


async def note_forged(house: House, member: Member) -> None:
    """The role that stands there now, unless it was noted lately."""
    now = house.now()
    async with house.db.write() as tx:
        given = await given_roles.of_member(tx, member.id)
        if given is None or given.is_as_written:
            return
        written = given.entry.role
        if not await audit.noted_since(
            tx, Noted.ROLE_FORGED, now - QUIET, member.id, None, written
        ):
            audit.note(tx, Noted.ROLE_FORGED, now, member.id, detail=written)
