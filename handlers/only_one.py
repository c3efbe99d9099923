"""What only one process may do at a time, such as Telegram's long polling."""

import asyncio
import contextlib
from datetime import timedelta
from functools import partial
from uuid import UUID

from handlers.errors import CannotStore
from handlers.house import House
from handlers.storing import storing
from storage import leases

GIVEN_BACK_WITHIN = 1.0
"""Seconds: a process that ends does not wait longer for a database that is held up or away."""


async def hold(house: House, name: str, holder: UUID, lasts: timedelta) -> bool:
    """Take it or renew it; False while another process holds it.

    A holder that dies is followed by another once `lasts` is over. Raises CannotStore.
    """
    return await storing(partial(_hold, house, name, holder, lasts))


async def _hold(house: House, name: str, holder: UUID, lasts: timedelta) -> bool:
    now = house.now()
    async with house.db.write() as tx:
        return await leases.hold(tx, name, holder, now, now + lasts)


async def give_back(house: House, name: str, holder: UUID) -> None:
    """The next one need not wait. Raises CannotStore."""
    await storing(partial(_give_back, house, name, holder))


async def _give_back(house: House, name: str, holder: UUID) -> None:
    async with house.db.write() as tx:
        await leases.give_back(tx, name, holder)


async def give_all_back(house: House, holder: UUID) -> None:
    """The process ends. Where that cannot be stored, what it held runs out by itself."""
    with contextlib.suppress(CannotStore, TimeoutError):
        async with asyncio.timeout(GIVEN_BACK_WITHIN):
            await storing(partial(_give_all_back, house, holder))


async def _give_all_back(house: House, holder: UUID) -> None:
    async with house.db.write() as tx:
        await leases.give_all_back(tx, holder)
