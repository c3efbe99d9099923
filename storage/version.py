"""Does a database stand at this program's newest migration?"""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

_FOLDER = Path(__file__).parent / "migrations"


MARKER = "utvag_restoring"
"""A schema of this name says on PostgreSQL that a restore is under way, or was broken off."""


class NotMigrated(Exception):
    """The database's tables are not this program's: run `utvag migrate`."""


class HalfRestored(Exception):
    """A restore into this database was broken off, or is under way: run `utvag restore` again."""


def configuration() -> Config:
    """Alembic's own settings: where the steps lie."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


async def is_current(engine: AsyncEngine) -> bool:
    """Whether it does. Raises the driver's own error when it does not answer."""
    async with engine.connect() as conn:
        return await conn.run_sync(_head_reached)


def is_half(conn: Connection) -> bool:
    """Whether what is restored here is not whole."""
    if conn.dialect.name != "postgresql":
        return False
    return conn.scalar(_MARKED, {"name": MARKER}) is True


_MARKED = text("SELECT to_regnamespace(:name) IS NOT NULL")


def _head_reached(conn: Connection) -> bool:
    if is_half(conn):
        raise HalfRestored
    return MigrationContext.configure(conn).get_current_revision() == _head()


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(configuration()).get_current_head()
