"""By which of their ways is a member paged first? They put them in order, and take them away."""

from datetime import datetime
from uuid import UUID

from domain.member import Member
from handlers.desk import must_read, still_here
from handlers.errors import NotFound
from handlers.house import House
from handlers.pagers import own
from handlers.send_pages import following
from storage import events, pages, ways
from storage.database import Tx
from storage.events import Event
from storage.pages import Kind, Page, Wanted


async def move_way(house: House, member: Member, way_id: UUID, to: int) -> None:
    """To this place among their own, from 0; twice is once. Raises NotFound, NotAllowed."""
    must_read(member)
    async with house.db.write() as tx:
        await still_here(tx, member)
        order = [way.id for way in await ways.held(tx, member.id)]
        if way_id not in order:
            raise NotFound
        order.remove(way_id)
        order.insert(to, way_id)
        await ways.put_in_order(tx, order)


async def remove_way(house: House, member: Member, way_id: UUID) -> None:
    """Nobody is paged there any more; what was to leave there goes by the next way.

    Raises NotFound, NotAllowed.
    """
    must_read(member)
    now = house.now()
    async with house.db.write() as tx:
        await own(tx, member, way_id)
        for page in await pages.waiting_for(tx, way_id):
            await _elsewhere(tx, page, now)
        await ways.remove(tx, way_id)
    house.wake.pages()


async def _elsewhere(tx: Tx, page: Page, now: datetime) -> None:
    if page.conversation_id is None:
        return
    way = await following(tx, page)
    if way is None:
        await events.add(tx, [Event(page.conversation_id, "page_failed", now, page.member_id)])
        return
    talk = page.conversation_id
    again = Wanted(Kind.NEEDED, page.member_id, way.id, talk, page.tier, page.code)
    await pages.add(tx, [again], now)
