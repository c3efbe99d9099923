"""Calls that no process of ours heard of are listed and stand in the queue, once, as of their time.

A call that its webhook has told of is known by the same receipt, and changes nothing.
"""

from datetime import datetime
from functools import partial

from domain.call import Call
from handlers.called import found, unheard_of
from handlers.errors import CannotStore, DatabaseAway
from handlers.every_line import in_batches, take_in_every_line
from handlers.house import House
from senders.sender import CallLister
from storage import listings

AT_ONCE = 200


async def catch_up_calls(house: House, lister: CallLister) -> int:
    """List the calls to every line and store those that are unknown; how many were missing.

    Raises OutOfReach or CannotStore when the others are done; then all are listed again.
    """

    async def take_in(since: datetime, number: str) -> int:
        listed = lister.called_since(since, number)
        return await in_batches(listed, AT_ONCE, partial(_take_in, house))

    return await take_in_every_line(house, listings.CALLS, take_in)


async def _take_in(house: House, batch: list[Call]) -> int:
    """One that cannot be stored keeps no other caller waiting, and is tried again later."""
    missing, trouble = 0, None
    for call in await unheard_of(house, batch):
        try:
            missing += await found(house, call)
        except DatabaseAway:
            raise
        except CannotStore as error:
            trouble = error
    if trouble is not None:
        raise trouble
    return missing
