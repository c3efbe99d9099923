"""SQLite without a thread's round trip for every statement (docs/decisions/0003).

A statement on an open SQLite transaction takes a few microseconds; handing it to a thread and
back takes some thirty times as long, more so while the event loop is busy. What may wait, for
another process's lock or for the disk, still goes to the connection's own thread: opening,
BEGIN, COMMIT, ROLLBACK and closing. Of a connection that only reads nothing of it waits: in WAL
mode its BEGIN takes no lock yet, and its COMMIT writes nothing.
"""

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite

_MAY_WAIT = frozenset({"commit", "rollback", "close"})
"""Not a rollback after a commit, with which a connection goes back to its pool: nothing is left."""

STATEMENTS = 1024
"""That a connection remembers as SQLite has understood them: one that asks for several rows is
another one for each number of them."""


class InlineConnection(aiosqlite.Connection):
    """An aiosqlite connection whose statements run where they are awaited."""

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run at once what cannot wait; leave the rest to the thread."""
        if _may_wait(fn, args) or not self._running or self._connection is None:
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call] # theirs
        return fn(*args, **kwargs)


def _may_wait(fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    statement = args[0] if args else None
    if isinstance(statement, str) and statement.startswith(("BEGIN", "PRAGMA")):
        return True
    connection = getattr(fn, "__self__", None)
    if not isinstance(connection, sqlite3.Connection) or fn.__name__ not in _MAY_WAIT:
        return False
    return fn.__name__ != "rollback" or connection.in_transaction


class InlineReader(InlineConnection):
    """One that only reads: its transactions begin and end at once, too."""

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run at once all but opening and closing."""
        ends = getattr(fn, "__name__", "") in {"commit", "rollback"} or args[:1] == ("BEGIN",)
        if ends and self._running and self._connection is not None:
            return fn(*args, **kwargs)
        return await super()._execute(fn, *args, **kwargs)


def connect(database: str, **options: Any) -> InlineConnection:
    """Called by SQLAlchemy's aiosqlite dialect instead of `aiosqlite.connect`."""
    return _made(InlineConnection, database, options)


def connect_to_read(database: str, **options: Any) -> InlineConnection:
    """The same for a connection with `query_only`."""
    return _made(InlineReader, database, options)


def _made(kind: type[InlineConnection], database: str, options: dict[str, Any]) -> InlineConnection:
    options["check_same_thread"] = False
    options["cached_statements"] = STATEMENTS
    connector = partial(sqlite3.connect, Path(database), **options)
    connection = kind(connector, iter_chunk_size=64)
    connection._thread.daemon = True
    return connection
