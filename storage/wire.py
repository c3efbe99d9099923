"""From process to process on PostgreSQL: LISTEN on a connection of its own, and NOTIFY.

What is heard is a hint and never the truth: a notification may be lost with the connection, so
whoever listens looks again after each new one, and now and then anyway.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from storage import events
from storage.database import Database

PRESENCE = "utvag_presence"
"""Where processes tell each other who reads what."""

ASKS = 5.0
"""Seconds after which a silent connection is asked whether it is still there."""

ANSWERS = 5.0
"""Seconds in which the database answers or is taken for lost."""

UNSAID = 500
"""What waits to be told; older hints are dropped."""


FIRST_PAUSE, LONGEST_PAUSE = 0.25, 15.0
"""Seconds before it is dialled again; twice as long after each time that did not hold."""

HOLDS = 30.0
"""Seconds after which a connection has held."""


class WireLost(Exception):
    """The connection that listens ended."""


_LOST = (
    WireLost,
    SQLAlchemyError,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class Wire:
    """One process's ear and mouth."""

    def __init__(self, db: Database, news: Callable[[], None], sign: Callable[[str], None]) -> None:
        """`news`: there may be new events; `sign`: another process told this of who reads what."""
        self._db, self._news, self._sign = db, news, sign
        self._unsaid: list[str] = []
        self._due = asyncio.Event()

    def say(self, signs: Iterable[str]) -> None:
        """Tell the other processes soon, if they can be reached."""
        self._unsaid = [*self._unsaid, *signs][-UNSAID:]
        self._due.set()

    async def keep_listening(self, lost: Callable[[str], None]) -> None:
        """Until it is cancelled; dials again when the connection is `lost`, which is told why."""
        pause = FIRST_PAUSE
        while True:
            held = asyncio.get_running_loop().time() + HOLDS
            try:
                await self._listen()
            except _LOST as error:
                lost(type(error).__name__)
            pause = FIRST_PAUSE if asyncio.get_running_loop().time() > held else pause * 2
            await asyncio.sleep(min(pause, LONGEST_PAUSE))

    async def _listen(self) -> None:
        engine = self._db.apart()
        try:
            async with engine.connect() as conn:
                raw: Any = (await conn.get_raw_connection()).driver_connection
                try:
                    await self._attend(raw)
                finally:
                    raw.terminate()  # a polite goodbye would wait for a network that is gone
        finally:
            await engine.dispose()

    async def _attend(self, raw: Any) -> None:
        raw.add_termination_listener(lambda _: self._due.set())
        for channel in (events.CHANNEL, PRESENCE):
            await raw.add_listener(channel, self._heard)
        self._news()
        while not raw.is_closed():
            await self._wait()
            signs, self._unsaid = self._unsaid, []
            async with asyncio.timeout(ANSWERS):
                await raw.execute(_TELL, PRESENCE, signs)
        raise WireLost

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(ASKS):
                await self._due.wait()
        except TimeoutError:
            pass
        self._due.clear()

    def _heard(self, _conn: object, _pid: int, channel: str, said: str) -> None:
        if channel == PRESENCE:
            self._sign(said)
        else:
            self._news()


_TELL = "SELECT pg_notify($1, said) FROM unnest($2::text[]) AS said"
