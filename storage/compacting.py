"""What was overwritten does not stay in the database's files.

SQLite overwrites what is deleted with zeros (`secure_delete`), but old pages stay in the
write-ahead log until it is truncated. PostgreSQL keeps old rows in its files until the table is
written anew, for which nobody may read or write it: that is done only while it is small. What
somebody who began to read before may still want to see it writes along: they are waited for.
"""

import asyncio
from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database

AFFORDABLE = 256 * 2**20
"""Bytes of a table that PostgreSQL writes anew within a few seconds."""

WAITS = 2000
"""Milliseconds that it waits for those who read."""


async def truncate_log(db: Database) -> bool:
    """Nothing of what was overwritten stays in SQLite's write-ahead log; False where somebody
    reads too long for it."""
    if db.postgres:
        return True
    engine = db.apart()
    try:
        async with engine.connect() as conn:
            await conn.exec_driver_sql(f"PRAGMA busy_timeout = {WAITS}")
            busy, *_ = (await conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).one()
            return not busy
    finally:
        await engine.dispose()


LOOKS_AGAIN = 0.05

_READS_STILL = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND age(backend_xmin) >= age(CAST(CAST(:at AS text) AS xid))"
)
"""Who began before that and sees what was there then: a back-up, for as long as it takes."""


class StillRead(Exception):
    """Somebody who began before reads for too long; nothing is done, and may be at a later look."""


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
            if not await _nobody_reads_from_before(alone):
                raise StillRead
            return [name for name in tables if not await _rewritten(alone, name)]
    finally:
        await engine.dispose()


async def _nobody_reads_from_before(conn: AsyncConnection) -> bool:
    at = str(await conn.scalar(text("SELECT CAST(pg_current_xact_id() AS xid)")))
    for _ in range(int(WAITS / 1000 / LOOKS_AGAIN)):
        if not await conn.scalar(_READS_STILL, {"at": at}):
            return True
        await asyncio.sleep(LOOKS_AGAIN)
    return False


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
