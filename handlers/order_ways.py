"""By which of their ways is a member paged first? They put them in order, and take them away."""

from uuid import UUID

from domain.access import Act
from domain.member import Member
from handlers.desk import must, still_here
from handlers.errors import NotFound
from handlers.house import House
from handlers.next_way import leave_way
from handlers.pagers import own
from storage import audit, ways
from storage.page_routes import waiting_for


async def move_way(house: House, member: Member, way_id: UUID, to: int) -> None:
    """To this place among their own, from 0; twice is once. Raises NotFound, NotAllowed."""
    must(member, Act.PAGER)
    async with house.db.write() as tx:
        await still_here(tx, member)
        order = [way.id for way in await ways.held(tx, member.id)]
        if way_id not in order:
            raise NotFound
        order.remove(way_id)
        order.insert(to, way_id)
        await ways.put_in_order(tx, order)
        audit.note(tx, "way", house.now(), member.id, member.id, "moved")


async def remove_way(house: House, member: Member, way_id: UUID) -> None:
    """Nobody is paged there any more; what was to leave there goes on by another.

    Raises NotFound, NotAllowed.
    """
    must(member, Act.PAGER)
    now = house.now()
    async with house.db.write() as tx:
        await own(tx, member, way_id)
        for page in await waiting_for(tx, [way_id]):
            await leave_way(tx, page, now)
        await ways.remove(tx, way_id)
        audit.note(tx, "way", now, member.id, member.id, "removed")
    house.wake.pages()
