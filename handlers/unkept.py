"""Somebody wrote, and it cannot be kept: staff see that they did and when, and can ask them.

Nothing is known of what was said. It may have been STOP or "not safe": the machine falls silent
until they write again, and a closed gate and an opt-out stay.
"""

from datetime import datetime, timedelta
from functools import partial

from domain.conversation import State
from domain.gate import Gate
from domain.message import Channel, InboundMessage
from handlers.blocked import is_blocked
from handlers.case import Case
from handlers.errors import DatabaseAway
from handlers.house import House
from handlers.opened import NOTHING_KEPT, put_in_queue
from handlers.place import place
from handlers.receive import cases_of, keyed, plain
from handlers.storing import storing
from handlers.write_case import write
from storage import events, lines, receipts, ways
from storage.events import Event

UNKEPT = "unkept"
"""The reason that staff read, and the event in the thread."""


async def unkept(house: House, told: InboundMessage) -> None:
    """Put its sender into the queue; `told` says who and when, and its `provider_id` which one.

    The same one twice has one effect; should it be stored after all, it is. Raises CannotStore.
    """
    await storing(partial(_unkept, house, plain(told, house.now())))


async def _unkept(house: House, told: InboundMessage) -> None:
    now = house.now()
    async with house.db.write() as tx:
        known = await lines.every(tx)
        if not known:
            raise DatabaseAway
        which = receipts.receipt(
            tx, f"{UNKEPT}:{told.channel}", f"{told.sender}/{told.provider_id}"
        )
        if not await receipts.take(tx, [which], now):
            return
        if told.channel is Channel.TELEGRAM and await ways.whose(tx, ways.TELEGRAM, [told.sender]):
            return  # a counsellor's own chat: no contact wrote
        placed = await place(tx, known, [told])
        (case,) = (await cases_of(house, tx, keyed(tx, placed), now)).values()
        note(case, told.at)
        await write(tx, [case], now)


def note(case: Case, at: datetime) -> None:
    """Let it have its effect on the case."""
    case.know(last_inbound_at=max(case.contact.last_inbound_at, at))
    if is_blocked(case):
        case.events.append(Event(case.conversation.id, UNKEPT, at))
        return
    if case.conversation.state is State.CLOSED:
        returning = case.conversation.closed_at is not None
        put_in_queue(case, returning=returning, because=UNKEPT)
        case.mark([NOTHING_KEPT])
    else:
        case.because(UNKEPT)
    if case.conversation.waiting_since is None:
        case.stand(waiting_since=at)
    case.events.append(Event(case.conversation.id, UNKEPT, at))
    if case.asking:
        case.leave_to_people()
    if case.contact.gate is Gate.OPEN:
        case.know(gate=Gate.UNKNOWN)
        case.happened("gate_unsure")


async def lately(house: House, within: timedelta) -> int:
    """How many could not be kept, in the time that has just passed."""
    async with house.db.read() as tx:
        return await events.count_since(tx, UNKEPT, house.now() - within)
