"""A browser has renewed its own subscription: its way is followed, or given up and its owner told.

Nobody is signed in when that happens, so a session proves nothing here. Whoever gives the whole of
the old subscription, with the secret that only that browser and the line know, is that browser.
Everybody else is answered alike, and nothing changes.
"""

from datetime import datetime

from handlers.house import House
from handlers.whom import best_way
from senders.sender import Push
from storage import pages, ways
from storage.database import Tx
from storage.pages import Kind, Wanted
from storage.ways import Way


async def renew_push(house: House, old: str, new: str) -> None:
    """`old`, `new`: what the browser told of itself then, and tells now. Without a new one, or with
    one that cannot be used, nobody is paged there any more. Twice is once."""
    push = house.push
    known_by = push.endpoint_of(old) if push is not None else None
    if push is None or known_by is None:
        return
    async with house.db.read() as tx:
        found = await ways.by_address(tx, ways.PUSH, known_by)
        there = await ways.of_members(tx, [found[1]]) if found is not None else {}
        if not any(push.is_same(way.address, old) for some in there.values() for way in some):
            return
    now, endpoint = house.now(), push.endpoint_of(new)
    async with house.db.write() as tx:
        way = await _proved(tx, push, old, known_by)
        if way is None:
            return
        if endpoint is None or not await ways.renew(tx, way.id, ways.PUSH, new, endpoint):
            await _give_up(tx, way, now)
    house.wake.pages()


async def _proved(tx: Tx, push: Push, old: str, known_by: str) -> Way | None:
    """The way that this browser was, held until the commit."""
    found = await ways.by_address(tx, ways.PUSH, known_by)
    for way in await ways.held(tx, found[1]) if found is not None else ():
        if found is not None and way.id == found[0] and push.is_same(way.address, old):
            return way
    return None


async def _give_up(tx: Tx, way: Way, now: datetime) -> None:
    if way.gone_at is not None:
        return
    await ways.note_gone(tx, way.id, now)
    theirs = (await ways.of_members(tx, [way.member_id])).get(way.member_id, [])
    other = best_way(theirs, [way.id])
    if other is not None and way.verified_at is not None:
        await pages.add(tx, [Wanted(Kind.WAY_LOST, way.member_id, other.id)], now)
