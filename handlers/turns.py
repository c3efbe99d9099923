"""How often may one member search? A search of a large line is two seconds of one process."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from handlers.errors import TooManySearches

WINDOW = timedelta(minutes=1)

MOST = 12
"""Searches of one member that are looked through within the window, by one process."""


class Turns:
    """Who has searched lately. A reload searches again, and counts as what it is."""

    def __init__(self) -> None:
        """Nobody has."""
        self._taken: dict[UUID, list[datetime]] = {}
        self._one: dict[UUID, asyncio.Lock] = {}

    def must_have(self, member_id: UUID, now: datetime) -> None:
        """Raises TooManySearches where no turn is left."""
        taken = self._lately(member_id, now)
        if len(taken) >= MOST:
            raise TooManySearches(math.ceil((taken[0] + WINDOW - now).total_seconds()))

    @asynccontextmanager
    async def take(self, member_id: UUID, now: datetime) -> AsyncIterator[None]:
        """Of one member one search at a time, the others after it. Raises TooManySearches."""
        self.must_have(member_id, now)
        self._taken[member_id] = [*self._lately(member_id, now), now]
        async with self._one.setdefault(member_id, asyncio.Lock()):
            yield

    def _lately(self, member_id: UUID, now: datetime) -> list[datetime]:
        """None is later than now, unless the clock was set back: those are forgotten."""
        return [at for at in self._taken.get(member_id, []) if now - WINDOW < at <= now]
