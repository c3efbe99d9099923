"""What the provider received and we did not is listed and taken in, in order, once.

A text that was sent while the line was down is found again (design.md, "In").
"""

from datetime import datetime
from functools import partial

from domain.message import Channel, InboundMessage
from handlers.errors import CannotStore, DatabaseAway
from handlers.every_line import in_batches, take_in_every_line
from handlers.house import House
from handlers.receive import receive
from senders.sender import Lister, OutOfReach

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
    async def take_in(since: datetime, number: str) -> int:
        listed = lister.received_since(since, number, channel)
        return await in_batches(listed, AT_ONCE, partial(_take_in, house))

    return await take_in_every_line(house, channel, take_in)


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
