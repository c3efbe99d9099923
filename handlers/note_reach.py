"""A contact has blocked the bot, or let it in again: nothing leaves meanwhile, and staff see it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from domain.message import Channel, OptOut
from handlers.case import Case
from handlers.cases import known_cases
from handlers.house import House
from handlers.storing import storing
from handlers.write_case import write
from storage import contacts, events, lines, ways
from storage.database import Tx
from storage.events import Event

A_SECOND = timedelta(seconds=1)
"""Telegram tells moments in whole seconds."""


@dataclass(frozen=True)
class Reach:
    """Whether somebody lets the bot write to them."""

    channel: Channel
    sender: str
    blocked: bool
    at: datetime
    """When they decided so; what came later counts, in whatever order it is told."""


async def note_reach(house: House, reach: Reach) -> None:
    """Write it down for every line that they wrote to; of somebody unknown nothing is kept.

    Whoever said STOP has said so, blocked or not. Raises CannotStore.
    """
    await storing(partial(_note, house, reach))


async def _note(house: House, reach: Reach) -> None:
    now = house.now()
    async with house.db.write() as tx:
        await _note_way(tx, reach, now)
        known = [line.id for line in await lines.every(tx)]
        indexes = tx.keys.indexes("address", reach.sender)
        people = {c.id: c for c in await contacts.of_address(tx, reach.channel, known, indexes)}
        cases = await known_cases(house, tx, people, now)
        changing = [case for case in cases.values() if await _is_news(tx, case, reach)]
        for case in changing:
            case.know(opt_out=OptOut.BLOCKED if reach.blocked else OptOut.NONE)
            kind = "blocked" if reach.blocked else "unblocked"
            # Told by Telegram's clock, so that what was told late is weighed against its like.
            case.events.append(Event(case.conversation.id, kind, min(reach.at, now)))
        await write(tx, changing, now)


async def _note_way(tx: Tx, reach: Reach, now: datetime) -> None:
    """A counsellor who is paged there: by the next way first, until they let the bot in again."""
    whose = await ways.whose(tx, reach.channel, [reach.sender])
    if reach.sender not in whose:
        return
    way_id, member_id = whose[reach.sender]
    way = next(way for way in await ways.held(tx, member_id) if way.id == way_id)
    if reach.blocked and way.failed_at is None and way.added_at <= reach.at + A_SECOND:
        await ways.note(tx, way_id, now)
    elif not reach.blocked and way.failed_at is not None and way.failed_at <= reach.at + A_SECOND:
        await ways.note(tx, way_id, None)


async def _is_news(tx: Tx, case: Case, reach: Reach) -> bool:
    before = OptOut.NONE if reach.blocked else OptOut.BLOCKED
    if case.contact.opt_out is not before:
        return False
    if reach.blocked and case.contact.last_inbound_at > reach.at + A_SECOND:
        return False
    later = ("unblocked",) if reach.blocked else ("blocked",)
    since = reach.at + A_SECOND
    return not await events.happened_since(tx, case.conversation.id, later, since)
