"""Whoever has no alias is named when somebody first looks: a first text does not wait for it."""

from collections.abc import Collection
from uuid import UUID

from handlers.house import House
from storage import aliases
from storage.database import Unavailable


async def name(house: House, conversation_ids: Collection[UUID]) -> bool:
    """Name the contacts of these conversations who have no alias; whether to read them again.

    Many pages that look at the same moment write once. A database that takes nothing shows what
    it has, nameless.
    """
    if not conversation_ids:
        return False
    try:
        async with house.naming:
            async with house.db.read() as tx:
                nameless = await aliases.nameless(tx, conversation_ids)
            if nameless:
                async with house.db.write() as tx:
                    await aliases.give(tx, nameless)
    except Unavailable:
        return False
    return True
