"""Telegram is asked for updates, by one process at a time; stored before Telegram is told so.

Telegram keeps an update until it is asked for what follows it
(https://core.telegram.org/bots/api#getupdates): a process that dies before loses nothing, and what
is fetched twice changes nothing.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramConflictError, TelegramRetryAfter
from aiogram.methods import DeleteWebhook, TelegramMethod

from bot.updates import Updates
from handlers.errors import DatabaseAway

LONGEST_PAUSE = 30.0

Raw = Mapping[str, Any]


class GetUpdates(TelegramMethod[list[dict[str, Any]]]):
    """aiogram's own, unread: one update that it cannot read would hold back all the others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int
    allowed_updates: list[str]


@dataclass(frozen=True)
class Lease:
    """Who may poll. Both raise CannotStore."""

    hold: Callable[[], Awaitable[bool]]
    """Take it or renew it; False while another process polls."""
    give_back: Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Pace:
    """Seconds. A call and its storing together are to be shorter than the lease."""

    asks: int = 8
    """Telegram answers after so long where nothing came."""
    answers: int = 6
    """More, for the answer to arrive."""
    renews: float = 5.0
    looks_again: float = 3.0
    """While another process polls."""
    tries: int = 30
    """How often an update that alone cannot be stored is tried before the line goes on without."""
    between: float = 2.0


@dataclass(frozen=True)
class Told:
    """What the operator hears: counts and places, never what an update held."""

    failed: Callable[[BaseException], None]
    """A round, or one update, failed and is tried again."""
    given_up: Callable[[int, bool], None]
    """This update (its number) could not be stored and is not asked for again; whether staff were
    told that somebody wrote."""


class Poller:
    """One a process; of many, the one that holds the lease polls."""

    def __init__(
        self, bot: Bot, updates: Updates, lease: Lease, told: Told, pace: Pace | None = None
    ) -> None:
        """Asks nothing yet."""
        self._bot, self._updates, self._lease, self._told = bot, updates, lease, told
        self._pace = pace or Pace()
        self._tries = Counter[int]()
        self._done = set[int]()
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Another process may have polled: Telegram knows what is still to be told."""
        self._offset: int | None = None
        self._no_webhook, self._renewed_at = False, 0.0
        self._done.clear()

    async def run(self) -> None:
        """Until it is cancelled. A round that fails is told and tried again, ever more seldom."""
        pause, failures = 0.0, 0
        while True:
            await asyncio.sleep(pause)
            try:
                pause, failures = await self._round(), 0
            except Exception as error:  # noqa: BLE001 - the outermost loop
                self._told.failed(error)
                failures += 1
                pause = self._wait(error, failures)

    def _wait(self, error: Exception, failures: int) -> float:
        if isinstance(error, TelegramConflictError):
            self._no_webhook = False
        asked = error.retry_after if isinstance(error, TelegramRetryAfter) else 0.0
        return max(asked, min(2.0 ** min(failures - 1, 10), LONGEST_PAUSE))

    async def _round(self) -> float:
        """Ask once and take in what came; how long to rest."""
        if not await self._renew():
            self._begin_anew()
            return self._pace.looks_again
        if not self._no_webhook:
            # Without drop_pending_updates: what waits for the webhook comes by polling.
            await self._bot(DeleteWebhook(), request_timeout=self._pace.answers)
            self._no_webhook = True
        return await self._take_in(await self._ask())

    async def _ask(self) -> list[dict[str, Any]]:
        asking = GetUpdates(
            offset=self._offset, timeout=self._pace.asks, allowed_updates=self._updates.kinds
        )
        patience = self._pace.asks + self._pace.answers
        found = await self._bot(asking, request_timeout=patience)
        return [update for update in found if isinstance(update.get("update_id"), int)]

    async def _take_in(self, found: Sequence[Raw]) -> float:
        """The offset moves on up to the first that could not be stored; the rest are stored."""
        stuck: int | None = None
        for update in found:
            number = int(update["update_id"])
            if await self._is_taken(update, number):
                self._done.add(number)
            elif stuck is None:
                stuck = number
            if not await self._renew():
                return 0.0
        if found:
            self._offset = int(found[-1]["update_id"]) + 1 if stuck is None else stuck
        if stuck is None:
            self._done.clear()
            return 0.0
        return self._pace.between

    async def _renew(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._renewed_at and now - self._renewed_at < self._pace.renews:
            return True
        held = await self._lease.hold()
        self._renewed_at = now if held else 0.0
        return held

    async def _is_taken(self, update: Raw, number: int) -> bool:
        """False for one that is to be tried again; one that never can be stored is given up.

        Raises DatabaseAway: nothing can be stored, and nothing is given up for that.
        """
        if number in self._done:
            return True
        try:
            await self._updates.take(update)
        except DatabaseAway:
            raise
        except Exception as error:  # noqa: BLE001 - one update must not stop all others
            self._told.failed(error)
            self._tries[number] += 1
            if self._tries[number] < self._pace.tries:
                return False
            self._told.given_up(number, await self._staff_know(update))
        self._tries.pop(number, None)
        return True

    async def _staff_know(self, update: Raw) -> bool:
        try:
            return await self._updates.say_unkept(update)
        except DatabaseAway:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            self._told.failed(error)
            return False

    async def stop(self) -> None:
        """After `run` was cancelled: whoever polls next need not wait."""
        if self._renewed_at:
            await self._lease.give_back()
