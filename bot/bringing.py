"""Telegram's webhook brings again for a day what could not be stored; staff need not wait so long.

Source: https://core.telegram.org/bots/api#getting-updates, "incoming updates are stored on the
server until the bot receives them either way, but they will not be kept longer than 24 hours".
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from bot.updates import Updates
from handlers.errors import CannotStore, DatabaseAway

TRIES = 5
"""After so many at one process staff hear of it; it is brought again all the same."""

MOST = 1000
"""Updates whose tries are counted; a flood must not take the machine's memory."""


class Bringing:
    """One a process."""

    def __init__(
        self,
        updates: Updates,
        failed: Callable[[BaseException], None],
        unkept: Callable[[int, bool], None],
    ) -> None:
        """`failed` hears of a failure; `unkept` of an update and whether staff were told of it."""
        self._updates, self._failed, self._unkept = updates, failed, unkept
        self._tries = Counter[int]()

    async def take(self, raw: Mapping[str, Any]) -> None:
        """As Updates.take, and raises what it raises."""
        number = raw.get("update_id")
        try:
            await self._updates.take(raw)
        except DatabaseAway:
            raise
        except Exception as error:  # whatever it was: counted here, and raised on
            self._failed(error)
            if isinstance(number, int):
                await self._count(raw, number)
            raise
        if isinstance(number, int):
            self._tries.pop(number, None)

    async def _count(self, raw: Mapping[str, Any], number: int) -> None:
        if len(self._tries) >= MOST:
            self._tries.clear()
        if self._tries[number] + 1 == TRIES:
            self._unkept(number, await self._staff_know(raw))
        self._tries[number] += 1

    async def _staff_know(self, raw: Mapping[str, Any]) -> bool:
        try:
            return await self._updates.say_unkept(raw)
        except DatabaseAway:
            raise
        except CannotStore:
            return False
