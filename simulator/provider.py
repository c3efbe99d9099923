"""The made-up provider's state, and the work it has under way."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from simulator.book import Book
from simulator.calls import Calls
from simulator.config import Config
from simulator.faults import Faults
from simulator.telegram import Telegram
from simulator.webhooks_out import Poster
from simulator.whatsapp import Windows

if TYPE_CHECKING:
    from simulator.night import Night

T = TypeVar("T")


class Provider:
    """One account, and the made-up Telegram beside it. Use inside one running event loop."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.book = Book(config.cap)
        self.faults = Faults()
        self.windows = Windows()
        self.templates: dict[str, str] = dict(config.templates)
        self.calls = Calls()
        self.poster = Poster(config)
        self.counts: Counter[str] = Counter()
        self.telegram = Telegram(config)
        self.night: Night | None = None
        self._work: set[asyncio.Task[Any]] = set()

    @property
    def pending(self) -> int:
        """How many webhooks and messages are under way."""
        return len(self._work)

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Go on with some work beside the request that asked for it."""
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task

    def reset(self) -> None:
        """Forget messages, calls, windows, faults and counts, and drop what is under way."""
        for task in list(self._work):
            task.cancel()
        self.book.clear()
        self.faults.clear()
        self.windows.clear()
        self.templates = dict(self.config.templates)
        self.calls.clear()
        self.night = None
        self.counts.clear()
        self.telegram.reset()

    async def close(self) -> None:
        """Drop what is under way and close the connections."""
        for task in list(self._work):
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self.poster.close()
        await self.telegram.close()


def now() -> datetime:
    """The provider's clock, UTC."""
    return datetime.now(UTC)
