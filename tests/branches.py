"""Several processes on one database, as several Database objects."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from handlers.house import House
from handlers.standing import Standings
from storage.opening import open_database
from tests.world import SECRET


@asynccontextmanager
async def branches(house: House, url: str, count: int) -> AsyncIterator[list[House]]:
    """The same house in `count` processes."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(count):
            db = await open_database(url, SECRET, house.now())
            stack.push_async_callback(db.close)
            opened.append(replace(house, db=db, standings=Standings()))
        yield opened
