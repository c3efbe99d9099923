"""Migrations from nothing make the tables that the program knows, on both databases."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, DateTime, inspect, text
from sqlalchemy.types import TypeEngine

from storage import schema
from storage.database import engines
from storage.moments import Moment
from storage.opening import open_database
from storage.page_tables import metadata
from storage.schema import migrate
from storage.version import NotMigrated, is_current
from tests.clock import Clock
from tests.conftest import ENGINES, postgres_url
from tests.world import SECRET


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    address: str = request.getfixturevalue("postgres")
    name = f"e{uuid4().hex[:16]}"
    asyncio.run(_execute(address, f"CREATE DATABASE {name}"))
    yield postgres_url(address, name)
    asyncio.run(_execute(address, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address)
    await connection.execute(statement)
    await connection.close()


def _same_type(
    _c: MigrationContext,
    _there: Column[Any],
    _here: Column[Any],
    there: TypeEngine[Any],
    here: TypeEngine[Any],
) -> bool | None:
    """A Moment is a DateTime to the database; everything else is compared."""
    return False if isinstance(here, Moment) and isinstance(there, DateTime) else None


def _differences(connection: Connection) -> list[object]:
    options = {"compare_type": _same_type, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


async def test_migrations_from_nothing_make_exactly_these_tables(empty_url: str) -> None:
    await migrate(empty_url)
    writer, reader = engines(empty_url)
    async with writer.connect() as conn:
        assert await conn.run_sync(_differences) == []
        await conn.execute(text("CREATE TABLE stray (id INTEGER PRIMARY KEY)"))
        found = await conn.run_sync(_differences)
    assert len(found) == 1
    await writer.dispose()
    await reader.dispose()


async def test_a_database_is_current_only_once_it_is_migrated(empty_url: str, clock: Clock) -> None:
    writer, reader = engines(empty_url)
    assert not await is_current(reader)
    with pytest.raises(NotMigrated):
        await open_database(empty_url, SECRET, clock.now())
    await migrate(empty_url)
    assert await is_current(reader)
    db = await open_database(empty_url, SECRET, clock.now())
    assert await db.is_ready()
    await db.close()
    await writer.dispose()
    await reader.dispose()


async def test_tables_of_another_version_are_not_opened(database_url: str, clock: Clock) -> None:
    writer, reader = engines(database_url)
    async with writer.begin() as conn:
        await conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NotMigrated):
        await open_database(database_url, SECRET, clock.now())
    await writer.dispose()
    await reader.dispose()


async def test_migrating_again_and_twice_at_once_is_safe(empty_url: str) -> None:
    codes = await asyncio.gather(*(_migrate_in_a_process(empty_url) for _ in range(3)))
    assert codes == [0, 0, 0]
    await migrate(empty_url)
    writer, reader = engines(empty_url)
    async with writer.connect() as conn:
        assert await conn.run_sync(_differences) == []
    await writer.dispose()
    await reader.dispose()


async def _migrate_in_a_process(url: str) -> int | None:
    program = "import asyncio, sys; from storage.schema import migrate; "
    program += "asyncio.run(migrate(sys.argv[1]))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, url)
    return await asyncio.wait_for(process.wait(), 60)


async def test_a_migration_that_is_broken_off_leaves_nothing_half_made(empty_url: str) -> None:
    engine, other = engines(empty_url)
    try:
        async with engine.connect() as conn:
            await conn.run_sync(schema._upgrade)
            await conn.rollback()
            assert await conn.run_sync(lambda there: inspect(there).get_table_names()) == []
    finally:
        await engine.dispose()
        await other.dispose()


async def test_a_database_that_does_not_answer_is_not_ready(tmp_path: Path, clock: Clock) -> None:
    await migrate(url := f"sqlite+aiosqlite:///{tmp_path / 'gone.sqlite3'}")
    db = await open_database(url, SECRET, clock.now())
    await db.close()
    (tmp_path / "gone.sqlite3").write_bytes(b"not a database" * 400)
    assert not await db.is_ready()
    await db.close()
