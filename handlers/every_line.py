"""What a provider lists of our numbers is read to its end, every line, from where it has to be.

Only what was sent or dialled to our lines is listed: other numbers of the account are somebody
else's.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from handlers.errors import CannotStore, DatabaseAway
from handlers.house import House
from senders.sender import OutOfReach
from storage import lines, listings

MARGIN = timedelta(minutes=10)

T = TypeVar("T")

TakeIn = Callable[[datetime, str], Awaitable[int]]
"""Takes in what this number of ours got since then; how many were missing."""


async def take_in_every_line(house: House, what: str, take_in: TakeIn) -> int:
    """`what`: a channel, or listings.CALLS. How many were missing.

    From the beginning of the last complete listing less MARGIN, or from `line add`. Raises
    OutOfReach or CannotStore when the other lines are done; then all are listed again.
    """
    began_at = house.now()
    async with house.db.read_for_work() as tx:
        known = await lines.every(tx)
        last = await listings.complete_from(tx, what)
    if not known:
        return 0
    missing, trouble = 0, None
    for line in known:
        since = max(line.added_at, last - MARGIN) if last else line.added_at
        try:
            if line.address:
                missing += await take_in(since, line.address)
        except (OutOfReach, CannotStore) as error:
            trouble = error
    if trouble is not None:
        raise trouble
    async with house.db.write() as tx:
        await listings.completed(tx, what, began_at)
    return missing


async def in_batches(
    listed: AsyncIterator[T], most: int, take_in: Callable[[list[T]], Awaitable[int]]
) -> int:
    """Hand in what is listed, so many at a time; how many were missing.

    One that cannot be stored keeps nobody out who is listed after it, and a list that breaks off
    nobody who stood in it before. Raises OutOfReach or CannotStore when the others are done.
    """
    missing, trouble = 0, None
    async for batch in _batches(listed, most):
        try:
            missing += await take_in(batch)
        except DatabaseAway:
            raise
        except CannotStore as error:
            trouble = error
    if trouble is not None:
        raise trouble
    return missing


async def _batches(listed: AsyncIterator[T], most: int) -> AsyncIterator[list[T]]:
    batch, broken = list[T](), None
    try:
        async for one in listed:
            batch.append(one)
            if len(batch) == most:
                yield batch
                batch = []
    except OutOfReach as error:
        broken = error
    if batch:
        yield batch
    if broken is not None:
        raise broken
