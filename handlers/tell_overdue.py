"""Coordinators are told of a duty to report that is overdue: once each, by their best way.

That it was told and its pages are one transaction, and the first to write it down tells it: any
number of processes, killed at any line, tell it once. Where no coordinator can be reached nothing
is told, and the next look tries again.
"""

from datetime import datetime

from handlers.house import House
from handlers.whom import coordinators
from storage import duties, events, pages
from storage.database import Tx
from storage.duties import Duty
from storage.events import Event
from storage.pages import Kind, Wanted

AT_ONCE = 16


async def tell_overdue(house: House) -> int:
    """How many were told of; several at once are one page."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        late = await duties.overdue(tx, now, AT_ONCE)
    if not late:
        return 0
    async with house.db.write() as tx:
        told = await _tell(tx, late, now)
    if told:
        house.wake.pages()
    return told


async def _tell(tx: Tx, late: list[Duty], now: datetime) -> int:
    wanted = [Wanted(Kind.DUTY_LATE, member, way) for member, way in await coordinators(tx)]
    if not wanted:
        return 0
    first = [duty for duty in late if await duties.told(tx, duty.id, now)]
    if first:
        await pages.add(tx, wanted, now)
        said = [Event(duty.conversation_id, "duty_late", now, None, duty.kind) for duty in first]
        await events.add(tx, said)
    return len(first)
