"""Does a database stand at this program's newest migration?"""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

_FOLDER = Path(__file__).parent / "migrations"


class NotMigrated(Exception):
    """The database's tables are not this program's: run `utvag migrate`."""


def configuration() -> Config:
    """Alembic's own settings: where the steps lie."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


async def is_current(engine: AsyncEngine) -> bool:
    """Whether it does. Raises the driver's own error when it does not answer."""
    async with engine.connect() as conn:
        return await conn.run_sync(_head_reached)


def _head_reached(conn: Connection) -> bool:
    return MigrationContext.configure(conn).get_current_revision() == _head()


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(configuration()).get_current_head()
