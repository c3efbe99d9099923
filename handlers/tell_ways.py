"""Who is told that the ways by which a member is woken are others now? They are, by those that
stood before: whoever has their open session cannot answer there."""

from datetime import datetime
from uuid import UUID

from storage import pages, ways
from storage.database import Tx
from storage.pages import Kind, Wanted


async def tell_ways(tx: Tx, member_id: UUID, but: UUID, now: datetime) -> None:
    """Each of their ways that is used, `but` the one that was added or is taken away."""
    theirs = (await ways.of_members(tx, [member_id])).get(member_id, [])
    stood = [way.id for way in theirs if way.may_be_tried and way.id != but]
    await pages.add(tx, [Wanted(Kind.WAYS_CHANGED, member_id, way) for way in stood], now)
