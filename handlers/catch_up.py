"""What the provider received and we did not is listed and taken in, in order, once.

A text that was sent while the line was down is found again (design.md, "In"). Only what was sent
to our lines is listed: other numbers of the account are somebody else's.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

from domain.message import Channel, InboundMessage
from handlers.errors import CannotStore, DatabaseAway
from handlers.house import House
from handlers.receive import receive
from senders.sender import Lister, OutOfReach
from storage import lines, listings

MARGIN = timedelta(minutes=10)
AT_ONCE = 50

LISTED = (Channel.SMS, Channel.WHATSAPP)
"""The channels of a number that the provider keeps lists of."""


async def catch_up(house: House, lister: Lister) -> int:
    """List and take in, every line and every channel of it; how many were missing.

    Raises OutOfReach or CannotStore when the others are done; then that channel is listed again.
    """
    missing, trouble = 0, None
    for channel in LISTED:
        try:
            missing += await _of_channel(house, lister, channel)
        except (OutOfReach, CannotStore) as error:
            trouble = error
    if trouble is not None:
        raise trouble
    return missing


async def _of_channel(house: House, lister: Lister, channel: Channel) -> int:
    began_at = house.now()
    async with house.db.read_for_work() as tx:
        known = await lines.every(tx)
        last = await listings.complete_from(tx, channel)
    if not known:
        return 0
    missing, trouble = 0, None
    for line in known:
        since = max(line.added_at, last - MARGIN) if last else line.added_at
        try:
            if line.address:
                missing += await _of_line(
                    house, lister.received_since(since, line.address, channel)
                )
        except (OutOfReach, CannotStore) as error:
            trouble = error
    if trouble is not None:
        raise trouble
    async with house.db.write() as tx:
        await listings.completed(tx, channel, began_at)
    return missing


async def _of_line(house: House, listed: AsyncIterator[InboundMessage]) -> int:
    missing, batch = 0, list[InboundMessage]()
    try:
        async for message in listed:
            batch.append(message)
            if len(batch) == AT_ONCE:
                missing += await _take_in(house, batch)
                batch = []
    finally:
        missing += await _take_in(house, batch) if batch else 0
    return missing


async def _take_in(house: House, batch: list[InboundMessage]) -> int:
    """One that cannot be stored keeps nobody else out, and is tried again with the next listing."""
    try:
        return await receive(house, batch)
    except DatabaseAway:
        raise
    except CannotStore:
        taken = [await _alone(house, message) for message in batch]
    if None in taken:
        raise CannotStore
    return sum(filter(None, taken))


async def _alone(house: House, message: InboundMessage) -> int | None:
    try:
        return await receive(house, [message])
    except CannotStore:
        return None
