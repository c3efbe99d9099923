"""Migrations: bring a database up to this program's tables."""

from alembic import command
from sqlalchemy import Connection, func, select

from storage.database import engines
from storage.version import HalfRestored, configuration, is_half


class PointsToNothing(Exception):
    """A row would point to one that is not there: nothing was migrated."""


WAITS = 600_000
"""Milliseconds that it waits for whoever else migrates; a text waits `LANE_WAIT` at most."""


async def migrate(url: str, *, restoring: bool = False) -> None:
    """Bring the database at `url` to the newest tables; safe to run again, and twice at once.

    Raises HalfRestored, unless it is the restore itself that asks.
    """
    engine, other = engines(url)
    try:
        async with engine.connect() as conn:
            await conn.run_sync(_wait_for_others)
            if not restoring and await conn.run_sync(is_half):
                raise HalfRestored
            await conn.rollback()
            await conn.run_sync(_upgrade)
            await conn.commit()
    finally:
        await engine.dispose()
        await other.dispose()


_MIGRATION_LOCK = 0x75747663


def _upgrade(conn: Connection) -> None:
    """In one transaction: without one that has begun, Alembic commits each step on SQLite, and two
    that migrate at once take the same step."""
    sqlite = conn.dialect.name == "sqlite"
    if sqlite:
        _let_tables_be_made_anew(conn)
    conn.begin()
    if not sqlite:
        conn.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    config = configuration()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
    if sqlite and conn.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise PointsToNothing


def _wait_for_others(conn: Connection) -> None:
    """As PostgreSQL does. SQLite has one writer at a time, and there each migration is one."""
    if conn.dialect.name == "sqlite":
        cursor = conn.connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {WAITS}")
        cursor.close()


def _let_tables_be_made_anew(conn: Connection) -> None:
    """SQLite changes some of a table only by making it anew, and meanwhile what points to it points
    to nothing: it is looked at once everything is done (https://sqlite.org/lang_altertable.html).
    Inside a transaction the pragma does nothing."""
    cursor = conn.connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.close()
