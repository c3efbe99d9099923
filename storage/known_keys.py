"""Which of the server's keys does this process know, and is it still true?

A new generation is made by one process while others run. Each asks again before a transaction,
every few seconds, and nobody commits what was written by keys that were looked up long before:
so after a while everybody knows a new generation, and only then it begins to seal. On PostgreSQL
they write one after the other while that begins, as on SQLite always: whoever looks for an address
and adds it does so by both generations, and of two none is added twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from storage.encryption import PURPOSES, Keyring, WrongSecretKey

ASKS = timedelta(seconds=5)
"""After which a process asks again before its next transaction."""

LASTS = timedelta(seconds=30)
"""So long what it knows may be written by; longer than that and it asks before it commits."""

SPREAD = timedelta(minutes=2)
"""After which everybody knows a generation, and it seals."""

IN_TURN = timedelta(minutes=1)
"""Before and after that they write one after the other on PostgreSQL: by how much their clocks may
differ, and what they know be old."""


class KeysTooOld(SQLAlchemyError):
    """The keys were replaced while a transaction ran; nothing was stored, and it may run again."""


class KeysOfAnother(SQLAlchemyError):
    """There are keys that this process's UTVAG_SECRET_KEY does not unwrap: it was changed."""


@dataclass(frozen=True)
class Row:
    """A generation as it is stored."""

    purpose: str
    generation: int
    wrapped: bytes
    made_at: datetime


def ring(rows: Mapping[Row, bytes], now: datetime) -> Keyring:
    """These keys, and which of them seal now."""
    keys = {(row.purpose, row.generation): key for row, key in rows.items()}
    sealing: dict[str, int] = {}
    for purpose in PURPOSES:
        theirs = sorted((r for r in rows if r.purpose == purpose), key=lambda r: r.generation)
        known = [row.generation for row in theirs if row.made_at + SPREAD <= now]
        sealing[purpose] = known[-1] if known else theirs[0].generation
    later = (r for r in rows if r.purpose == "index" and r.generation > 1)
    in_turn = any(abs(row.made_at + SPREAD - now) <= IN_TURN for row in later)
    return Keyring(keys, sealing, in_turn=in_turn)


@dataclass(frozen=True)
class Known:
    """What a process knew at a moment."""

    keys: Keyring
    at: datetime | None
    """None where it never asks again."""


class KnownKeys:
    """Of one process."""

    def __init__(
        self,
        keys: Keyring,
        load: Callable[[Keyring], Awaitable[Keyring]] | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """`load` reads them; what it is handed need not be unwrapped. Without a clock these are
        all there ever are."""
        self._load, self._clock, self._alone = load, clock, asyncio.Lock()
        self._known = Known(keys, clock() if clock else None)

    @property
    def keys(self) -> Keyring:
        """As far as it knows."""
        return self._known.keys

    async def asked(self) -> Known:
        """Before a transaction. Raises what the database does, and KeysOfAnother."""
        if self._is_older_than(ASKS):
            async with self._alone:
                if self._is_older_than(ASKS):
                    await self.ask()
        return self._known

    async def ask(self) -> None:
        """Now, however long ago it was asked."""
        if self._load is None or self._clock is None:
            return
        at = self._clock()
        try:
            found = await self._load(self.keys)
        except WrongSecretKey as error:
            raise KeysOfAnother("UTVAG_SECRET_KEY was changed") from error
        self._known = Known(found, at)

    async def hold(self, known: Known) -> None:
        """Before a commit: nothing has changed since, or it is a moment ago. Raises KeysTooOld."""
        if known.at is None or not _is_over(known.at, LASTS, self._clock):
            return
        if (await self.asked()).keys != known.keys:
            raise KeysTooOld("the keys were replaced meanwhile")

    def _is_older_than(self, age: timedelta) -> bool:
        return self._known.at is not None and _is_over(self._known.at, age, self._clock)


def _is_over(since: datetime, age: timedelta, clock: Callable[[], datetime] | None) -> bool:
    """Also where the clock was set back."""
    return clock is not None and not timedelta() <= clock() - since < age
