"""Who began long ago in PostgreSQL and is not done? Old rows stay in its files for them.

What they asked for is nobody's to know: a query may hold a number. When another role's began is
seen by who is a member of `pg_read_all_stats`; that it is there, and how far back it reads, by all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import column, func, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Tx

_ACTIVITY = table(
    "pg_stat_activity",
    *(column(name) for name in ("pid", "application_name", "datname", "xact_start")),
    column("backend_xmin"),
)
A = _ACTIVITY.c
_LASTS = func.clock_timestamp() - A.xact_start
_OPEN = (
    select(A.pid, A.application_name, A.xact_start, _LASTS)
    .where(A.datname == func.current_database(), A.pid != func.pg_backend_pid())
    .order_by(A.xact_start)
)
_READ_FROM_BEFORE = _OPEN.where(text("age(backend_xmin) >= age(CAST(CAST(:at AS text) AS xid))"))
_HOLD = _OPEN.where(
    text("pid IN (SELECT pid FROM pg_locks WHERE relation = to_regclass(:name) AND granted)")
)


@dataclass(frozen=True)
class Long:
    """One transaction that is open."""

    pid: int
    application: str
    """As its program calls itself; empty where it does not."""
    began_at: datetime | None
    """None where it is another role's, of which we do not see it."""
    lasts: timedelta | None

    def __str__(self) -> str:
        lasts = "an unknown time"
        if self.lasts is not None:
            lasts = f"{int(self.lasts.total_seconds()) // 60} min"
        return f"pid {self.pid} ({self.application or 'no name'}), open for {lasts}"


async def read_from_before(conn: AsyncConnection, at: str) -> list[Long]:
    """Those that see what was there before this transaction id was given."""
    return [Long(*row) for row in await conn.execute(_READ_FROM_BEFORE, {"at": at})]


async def that_hold(conn: AsyncConnection, name: str) -> list[Long]:
    """Those that read or write a table and have not let go of it."""
    return [Long(*row) for row in await conn.execute(_HOLD, {"name": name})]


async def longer_than(tx: Tx, least: timedelta) -> list[Long]:
    """Those that have lasted for at least so long, the longest first, and last those that keep old
    rows for nobody sees how long; none on SQLite."""
    if not tx.postgres:
        return []
    unseen = A.xact_start.is_(None) & A.backend_xmin.is_not(None)
    query = _OPEN.where((least <= _LASTS) | unseen)
    return [Long(*row) for row in await tx.conn.execute(query)]
