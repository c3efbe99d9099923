"""Whoever has no alias is named when somebody first looks: a first text does not wait for it."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from uuid import UUID

from handlers.house import House
from storage import aliases
from storage.database import LANE_WAIT, Unavailable


async def name(house: House, conversation_ids: Collection[UUID]) -> bool:
    """Name the contacts of these conversations who have no alias; whether to read them again.

    Many pages that look at the same moment write once. A database that takes nothing shows what
    it has, nameless; so does one whose writer is busy, and no page waits for the tries of others.
    """
    if not conversation_ids:
        return False
    try:
        async with _in_turn(house):
            async with house.db.read() as tx:
                nameless = await aliases.nameless(tx, conversation_ids)
            if nameless:
                async with house.db.write() as tx:
                    await aliases.give(tx, nameless)
    except Unavailable:
        return False
    return True


@asynccontextmanager
async def _in_turn(house: House) -> AsyncIterator[None]:
    """Raises TimeoutError, which is one of Unavailable."""
    async with asyncio.timeout(LANE_WAIT):
        await house.naming.acquire()
    try:
        yield
    finally:
        house.naming.release()
