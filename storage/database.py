"""The unit of work: one transaction for reading or for writing.

SQLite: one connection writes (a queue in front of it, not `database is locked`), begun with
BEGIN IMMEDIATE; others read. PostgreSQL: the row of a contact is the lock of all that is theirs,
taken before any other row of theirs. It is a FOR NO KEY UPDATE: a stronger lock would wait for
whoever adds a row that points to it, and two that wait for each other both fail.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from storage import inline, quick_types
from storage.encryption import Keyring, Wrapper
from storage.known_keys import KeysOfAnother, KeysTooOld, KnownKeys
from storage.reading import Held, Lately, NoTeam, Reader
from storage.version import HalfRestored, is_current

LANE_WAIT = 8.0
"""Seconds that anybody waits for a connection before they give up; a webhook has 15."""

WRITERS, READERS = 10, 6
"""Connections of one process to PostgreSQL at most. Pages read with the second lot alone, so that
however many are open, what comes in is stored. With the one that listens (`storage.wire`) it is 17
a process: five processes leave 12 of PostgreSQL's 100 less 3 for commands, backups and people."""

_ONE_AFTER_THE_OTHER = select(
    func.set_config("idle_in_transaction_session_timeout", "20000", True),
    func.pg_advisory_xact_lock(0x75747667),
)
"""While an index may be written by either of two generations (`storage.known_keys`). Whoever is no
longer there holds nobody up for more than 20 s."""

Unavailable = (SQLAlchemyError, OSError)
"""What an edge catches when the database does not answer or does not take it."""


@dataclass
class Told:
    """What is told once the transaction is committed."""

    events: bool = False
    last: "dict[Finish, list[Any]]" = field(default_factory=dict)
    """What is written as the last thing before the commit, and by whom."""


@dataclass(frozen=True)
class Tx:
    """A transaction in progress; everything in `storage` takes one."""

    conn: AsyncConnection
    keys: Keyring
    postgres: bool
    told: Told = field(default_factory=Told)
    reader: Reader | None = None
    """Who signed in and asked for this; None for the line itself."""
    held: Held = field(default_factory=Held, repr=False)
    no_team: NoTeam = field(default_factory=NoTeam, repr=False)
    lately: Lately = field(default_factory=Lately, repr=False)


Finish = Callable[[Tx, Sequence[Any]], Awaitable[None]]
"""Writes down what was gathered in a transaction."""


class Database:
    """An opened database: its engines and its keys."""

    def __init__(
        self, writer: AsyncEngine, reader: AsyncEngine, keys: KnownKeys, wrapper: Wrapper
    ) -> None:
        """Use `storage.opening.open_database`."""
        self._writer, self._pages, self.known, self.wrapper = writer, reader, keys, wrapper
        self.postgres = writer.dialect.name == "postgresql"
        self._apart_from_pages = for_work(writer, reader)
        self._when_events: list[Callable[[], None]] = []
        self._reader: Reader | None = None
        self._no_team, self._lately = NoTeam(), Lately()

    @property
    def keys(self) -> Keyring:
        """The server's, as far as this process knows."""
        return self.known.keys

    def reading(self, reader: Reader) -> "Database":
        """The same database, for one request of somebody signed in."""
        theirs = copy(self)
        theirs._reader = reader
        return theirs

    def forget(self) -> None:
        """Which keys the line itself has lately sealed under. Asked for once a minute."""
        self._lately.forget()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """Commits at the end of the block, or rolls back whatever was raised in it."""
        known = await self.known.asked()
        async with self._writer.begin() as conn:
            lately = self._lately if self._reader is None else Lately()
            tx = Tx(
                conn, known.keys, self.postgres,
                reader=self._reader, no_team=self._no_team, lately=lately,
            )  # fmt: skip
            if known.keys.in_turn and self.postgres:
                await conn.execute(_ONE_AFTER_THE_OTHER)
            yield tx
            for finish, what in tx.told.last.items():
                await finish(tx, what)
            await self.known.hold(known)
        if tx.told.events:
            for hear in self._when_events:
                hear()

    def when_events(self, hear: Callable[[], None]) -> Callable[[], None]:
        """Call `hear` after each commit here that added events; the answer ends it."""
        self._when_events.append(hear)
        return lambda: self._when_events.remove(hear)

    @property
    def url(self) -> URL:
        """Where it is."""
        return self._writer.url

    def apart(self) -> AsyncEngine:
        """An engine whose connections are none of the pool's; to be disposed of by the caller."""
        return create_async_engine(self.url, poolclass=NullPool, hide_parameters=True)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """One consistent picture; writes nothing."""
        keys = (await self.known.asked()).keys
        async with self._pages.begin() as conn:
            yield Tx(conn, keys, self.postgres, reader=self._reader)

    @asynccontextmanager
    async def read_for_work(self) -> AsyncIterator[Tx]:
        """The same for what sends and settles: on PostgreSQL it waits behind no page."""
        keys = (await self.known.asked()).keys
        async with self._apart_from_pages.begin() as conn:
            yield Tx(conn, keys, self.postgres)

    async def is_ready(self) -> bool:
        """Whether it answers and its tables are this program's; pages that wait change nothing."""
        try:
            await self.known.asked()
            return await is_current(self._apart_from_pages)
        except (*Unavailable, HalfRestored):
            return False

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        await self._pages.dispose()


def engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """The engines to write and to read with, each with connections of its own."""
    if make_url(url).get_backend_name() == "postgresql":
        return _pool(url, WRITERS), _only_reading(_pool(url, READERS))
    writer = create_async_engine(
        url,
        pool_size=1,
        max_overflow=0,
        pool_timeout=LANE_WAIT,
        hide_parameters=True,
        connect_args={"async_creator_fn": inline.connect},
        **quick_types.JSON,
    )
    reader = create_async_engine(
        url,
        pool_size=4,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"async_creator_fn": inline.connect_to_read},
        **quick_types.JSON,
    )
    for engine in (writer, reader):
        quick_types.learn(engine.dialect)
    _prepare(writer, begin="BEGIN IMMEDIATE", query_only=False)
    _prepare(reader, begin="BEGIN", query_only=True)
    return writer, reader


def for_work(writer: AsyncEngine, reader: AsyncEngine) -> AsyncEngine:
    """What reads for the line itself: on PostgreSQL it waits behind no page."""
    return _only_reading(writer) if writer.dialect.name == "postgresql" else reader


def _pool(url: str, size: int) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=LANE_WAIT,
        hide_parameters=True,
        pool_pre_ping=True,
    )


def _only_reading(engine: AsyncEngine) -> AsyncEngine:
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _prepare(engine: AsyncEngine, *, begin: str, query_only: bool) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {LANE_WAIT * 1000:.0f}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            f"query_only = {'ON' if query_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begun(connection: Any) -> None:
        connection.exec_driver_sql(begin)


def is_passing(error: BaseException) -> bool:
    """Whether the same transaction may succeed when it is tried again at once."""
    if isinstance(error, KeysTooOld):
        return True
    if isinstance(error, PoolTimeout) or not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state in {"40001", "40P01"}


_AWAY = ("08", "25006", "53", "57", "58")
"""How PostgreSQL's codes begin where it is broken off, only reads, is full or ends, or a disk fails
(https://www.postgresql.org/docs/current/errcodes-appendix.html)."""


_PASSING = (OSError, PoolTimeout, OperationalError, InterfaceError, KeysOfAnother)


def is_away(error: BaseException) -> bool:
    """Whether it is the database that fails, and not what it was asked to do."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    passes = isinstance(error, _PASSING)
    return passes or state.startswith(_AWAY)
