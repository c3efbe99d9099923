"""What the provider received and we did not is listed and taken in, in order, once.

A text that was sent while the line was down is found again (design.md, "In").
"""

from datetime import timedelta

from domain.message import Channel, InboundMessage
from handlers.house import House
from handlers.receive import receive
from senders.sender import Sender
from storage import lines, listings

MARGIN = timedelta(minutes=10)
AT_ONCE = 50


async def catch_up(house: House, sender: Sender) -> int:
    """List and take in; how many were missing. Raises OutOfReach or CannotStore."""
    began_at = house.now()
    async with house.db.read() as tx:
        known = await lines.every(tx)
        last = await listings.complete_from(tx, Channel.SMS)
    if not known:
        return 0
    first = min(line.added_at for line in known)
    since = max(first, last - MARGIN) if last else first
    missing, batch = 0, list[InboundMessage]()
    async for message in sender.received_since(since):
        batch.append(message)
        if len(batch) == AT_ONCE:
            missing += await receive(house, batch)
            batch = []
    missing += await receive(house, batch) if batch else 0
    async with house.db.write() as tx:
        await listings.completed(tx, Channel.SMS, began_at)
    return missing
