"""What the provider received and we did not is listed and taken in, in order, once.

A text that was sent while the line was down is found again (design.md, "In"). Only what was sent
to our lines is listed: other numbers of the account are somebody else's.
"""

from datetime import datetime, timedelta

from domain.message import Channel, InboundMessage
from handlers.errors import CannotStore, DatabaseAway
from handlers.house import House
from handlers.receive import receive
from senders.sender import Lister, OutOfReach
from storage import lines, listings

MARGIN = timedelta(minutes=10)
AT_ONCE = 50


async def catch_up(house: House, lister: Lister) -> int:
    """List and take in, every line; how many were missing.

    Raises OutOfReach or CannotStore when the others are done; then it is all listed again.
    """
    began_at = house.now()
    async with house.db.read() as tx:
        known = await lines.every(tx)
        last = await listings.complete_from(tx, Channel.SMS)
    if not known:
        return 0
    missing, trouble = 0, None
    for line in known:
        since = max(line.added_at, last - MARGIN) if last else line.added_at
        try:
            missing += await _of_line(house, lister, line.address, since) if line.address else 0
        except (OutOfReach, CannotStore) as error:
            trouble = error
    if trouble is not None:
        raise trouble
    async with house.db.write() as tx:
        await listings.completed(tx, Channel.SMS, began_at)
    return missing


async def _of_line(house: House, lister: Lister, number: str, since: datetime) -> int:
    missing, batch = 0, list[InboundMessage]()
    try:
        async for message in lister.received_since(since, number):
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
