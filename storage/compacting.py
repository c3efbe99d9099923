"""What was overwritten does not stay in the database's files.

SQLite overwrites what is deleted with zeros (`secure_delete`), but old pages stay in the
write-ahead log until it is truncated. PostgreSQL keeps old rows in its files until the table is
written anew, for which nobody may read or write it: that is done only while it is small. What
somebody who began to read before may still want to see it writes along: they are waited for.
"""

import asyncio
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import long_transactions
from storage.database import Database
from storage.long_transactions import Long

AFFORDABLE = 256 * 2**20
"""Bytes of a table that PostgreSQL writes anew within a few seconds."""

WAITS = 2000
"""Milliseconds that it waits for those who read, while nobody can write."""

IN_PASSING = 50
"""The same where it is done by the minute."""


def lies_in_log(db: Database) -> bool:
    """Whether anything was written since SQLite's write-ahead log was truncated; never on
    PostgreSQL."""
    if db.postgres:
        return False
    log = Path(f"{db.url.database}-wal")
    return log.exists() and log.stat().st_size > 0


async def truncate_log(db: Database, waits: int = WAITS) -> bool:
    """Nothing of what was overwritten stays in SQLite's write-ahead log; False where somebody
    reads for longer than `waits` milliseconds."""
    if db.postgres:
        return True
    engine = db.apart()
    try:
        async with engine.connect() as conn:
            await conn.exec_driver_sql(f"PRAGMA busy_timeout = {waits}")
            busy, *_ = (await conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).one()
            return not busy
    finally:
        await engine.dispose()


LOOKS_AGAIN = 0.05


class StillRead(Exception):
    """Somebody who began before reads for too long, such as a back-up; nothing is done, and may be
    at a later look."""

    def __init__(self, those: Collection[Long] = ()) -> None:
        """`those`: who."""
        super().__init__("somebody reads from before")
        self.those = those


async def rewrite(db: Database, tables: Collection[str]) -> list[str]:
    """PostgreSQL writes these tables anew where it is affordable; those where it was not.

    Raises StillRead where old rows would be written along.
    """
    if not db.postgres:
        return []
    engine = db.apart()
    try:
        async with engine.connect() as conn:
            alone = await conn.execution_options(isolation_level="AUTOCOMMIT")
            await alone.exec_driver_sql(f"SET lock_timeout = {WAITS}")
            if those := await _who_reads_from_before(alone):
                raise StillRead(those)
            return [name for name in tables if not await _rewritten(alone, name)]
    finally:
        await engine.dispose()


async def who_holds(db: Database, table: str) -> list[Long]:
    """Those for whom it could not be written anew."""
    if not db.postgres:
        return []
    engine = db.apart()
    try:
        async with engine.connect() as conn:
            return await long_transactions.that_hold(conn, table)
    finally:
        await engine.dispose()


async def _who_reads_from_before(conn: AsyncConnection) -> list[Long]:
    at = str(await conn.scalar(text("SELECT CAST(pg_current_xact_id() AS xid)")))
    those: list[Long] = []
    for _ in range(int(WAITS / 1000 / LOOKS_AGAIN)):
        if not (those := await long_transactions.read_from_before(conn, at)):
            break
        await asyncio.sleep(LOOKS_AGAIN)
    return those


async def vacuum(db: Database, tables: Collection[str]) -> None:
    """PostgreSQL gives back the place of rows that are gone, so that new ones are written over
    them. It does not overwrite them by itself: that is `rewrite`."""
    if not db.postgres:
        return
    engine = db.apart()
    try:
        async with engine.connect() as conn:
            alone = await conn.execution_options(isolation_level="AUTOCOMMIT")
            for name in tables:
                await alone.exec_driver_sql(f"VACUUM {name}")
    finally:
        await engine.dispose()


async def _rewritten(conn: AsyncConnection, table: str) -> bool:
    size = await conn.scalar(
        text("SELECT pg_total_relation_size(to_regclass(:name))"), {"name": table}
    )
    if size is None or size > AFFORDABLE:
        return False
    try:
        await conn.exec_driver_sql(f"VACUUM FULL {table}")
    except DBAPIError:  # somebody reads it for too long
        return False
    return True
