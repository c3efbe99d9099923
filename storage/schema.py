"""Migrations: bring a database up to this program's tables."""

from alembic import command
from sqlalchemy import Connection, func, select

from storage.database import engines
from storage.version import configuration


async def migrate(url: str) -> None:
    """Bring the database at `url` to the newest tables; safe to run again, and twice at once."""
    engine, other = engines(url)
    try:
        async with engine.connect() as conn:
            await conn.run_sync(_upgrade)
            await conn.commit()
    finally:
        await engine.dispose()
        await other.dispose()


_MIGRATION_LOCK = 0x75747663


def _upgrade(conn: Connection) -> None:
    """In one transaction: without one that has begun, Alembic commits each step on SQLite, and two
    that migrate at once take the same step."""
    conn.begin()
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    config = configuration()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
