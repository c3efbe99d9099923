"""What arrives at the same moment is done together: one commit for many.

Each caller waits until its own item is committed, so that acknowledged means stored.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from handlers.errors import DatabaseAway

AT_ONCE = 64

T = TypeVar("T")


class Together(Generic[T]):
    """Gathers items while a commit is under way and hands them on in one call."""

    def __init__(self, do: Callable[[list[T]], Awaitable[object]]) -> None:
        """`do` handles all items of a call in one transaction, or none of them."""
        self._do = do
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._worker: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Somebody waits for the commit after the one that is under way."""
        return bool(self._waiting)

    async def add(self, item: T) -> None:
        """Returns when the item is committed. Raises what handling it alone raises."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        await done

    async def _work(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            if not await self._handle(batch):
                for one in batch:
                    await self._handle([one])

    async def _handle(self, batch: list[tuple[T, asyncio.Future[None]]]) -> bool:
        """False when several failed together: each of them deserves a try of its own.

        Not when the database is away: each would wait for it in turn, and the last too long.
        """
        doing = self._do([item for item, _ in batch])
        (result,) = await asyncio.gather(doing, return_exceptions=True)
        alike = isinstance(result, DatabaseAway)
        if isinstance(result, BaseException) and len(batch) > 1 and not alike:
            return False
        for _, done in batch:
            if done.done():
                continue
            if isinstance(result, BaseException):
                done.set_exception(result)
            else:
                done.set_result(None)
        return True
