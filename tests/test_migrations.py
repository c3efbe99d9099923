"""Migrations from nothing make the tables that the program knows, on both databases."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, DateTime, MetaData, Table, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.types import TypeEngine

from storage import database, schema
from storage.database import engines
from storage.moments import Moment
from storage.opening import open_database
from storage.page_tables import metadata
from storage.schema import migrate
from storage.version import NotMigrated, configuration, is_current
from tests.clock import Clock
from tests.conftest import ENGINES
from tests.databases import postgres_url
from tests.patience import PATIENCE
from tests.world import SECRET

NOW = datetime(2026, 10, 5, 2, 10, tzinfo=UTC)


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


async def test_who_migrates_waits_for_another_longer_than_a_text_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LANE_WAIT", 0.1)
    file = tmp_path / "empty.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        migrating = asyncio.create_task(
            asyncio.to_thread(lambda: asyncio.run(migrate(f"sqlite+aiosqlite:///{file}")))
        )
        await asyncio.wait({migrating}, timeout=1)
        assert not migrating.done()
        other.rollback()
        await migrating


async def _migrate_in_a_process(url: str) -> int | None:
    program = "import asyncio, sys; from storage.schema import migrate; "
    program += "asyncio.run(migrate(sys.argv[1]))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, url)
    return await asyncio.wait_for(process.wait(), PATIENCE)


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


async def test_who_was_to_be_told_is_still_to_be_told_after_helps_are_kept_by_counsellor(
    empty_url: str,
) -> None:
    writer, reader = engines(empty_url)
    async with writer.begin() as conn:
        before = await conn.run_sync(_with_helps)
    await migrate(empty_url)
    async with writer.begin() as conn:
        after = await conn.execute(text("SELECT * FROM helps"))
        assert sorted(map(tuple, after)) == before
        assert len(before) == 2
        found = await conn.run_sync(lambda there: inspect(there).get_table_names())
        assert "helps_before" not in found
    await writer.dispose()
    await reader.dispose()


def _with_helps(conn: Connection) -> list[tuple[object, ...]]:
    """The tables as they were before, with one who asked and one who is to be told."""
    config = configuration()
    config.attributes["connection"] = conn
    command.upgrade(config, "0012")
    known = MetaData()
    known.reflect(conn)
    ids = {name: uuid4() for name in ("line", "contact", "conversation", "member")}
    for name, own in (
        ("lines", {"id": ids["line"]}),
        ("members", {"id": ids["member"]}),
        ("contacts", {"id": ids["contact"], "line_id": ids["line"]}),
    ):
        _put(conn, known.tables[name], own)
    asks: dict[str, object] = {"asked_at": NOW}
    for asked in (asks, {"helper_id": ids["member"], "taken_over_at": NOW}):
        talk = {"id": uuid4(), "contact_id": ids["contact"], "line_id": ids["line"]}
        if asked.get("helper_id"):
            talk["contact_id"] = uuid4()
            other = {"id": talk["contact_id"], "line_id": ids["line"], "number_index": b"2"}
            _put(conn, known.tables["contacts"], other)
        _put(conn, known.tables["conversations"], talk)
        whose = {"conversation_id": talk["id"], "counsellor_id": ids["member"]}
        _put(conn, known.tables["helps"], whose | asked)
    return sorted(map(tuple, conn.execute(text("SELECT * FROM helps"))))


async def test_what_leads_to_contacts_is_carried_over_into_a_table_of_its_own(
    empty_url: str,
) -> None:
    writer, reader = engines(empty_url)
    async with writer.begin() as conn:
        here, gone = await conn.run_sync(_with_contacts)
    await migrate(empty_url)
    async with writer.begin() as conn:
        kept = await conn.execute(
            text("SELECT channel, address_index, address_sealed, pair_sealed FROM contact_keys")
        )
        assert list(map(tuple, kept)) == [("sms", b"index", b"sealed", b"pair")]
        whose = "SELECT k.line_id = c.line_id, c.id FROM contact_keys k JOIN contacts c"
        (row,) = await conn.execute(text(f"{whose} ON c.id = k.contact_id"))
        assert (bool(row[0]), UUID(str(row[1]))) == (True, here)
        people = await conn.execute(text("SELECT id, language FROM contacts"))
        assert {UUID(str(row[0])): row[1] for row in people} == {here: "sv", gone: "en"}
        talks = await conn.execute(text("SELECT contact_id FROM conversations"))
        assert [UUID(str(row[0])) for row in talks] == [here]
        columns = await conn.run_sync(lambda c: inspect(c).get_columns("contacts"))
        moved = {"address_index", "address_sealed", "pair_sealed"}
        assert moved.isdisjoint(column["name"] for column in columns)
    with pytest.raises(IntegrityError):  # what points to them still does
        async with writer.begin() as conn:
            await conn.execute(text("DELETE FROM contacts"))
    await writer.dispose()
    await reader.dispose()


def _with_contacts(conn: Connection) -> tuple[UUID, UUID]:
    """The tables as they were before, with a contact and one who was deleted; their ids."""
    config = configuration()
    config.attributes["connection"] = conn
    command.upgrade(config, "0021")
    known = MetaData()
    known.reflect(conn)
    line, here, gone, talk = uuid4(), uuid4(), uuid4(), uuid4()
    _put(conn, known.tables["lines"], {"id": line})
    held = {"address_index": b"index", "address_sealed": b"sealed", "pair_sealed": b"pair"}
    theirs = {"id": here, "line_id": line, "channel": "sms", "language": "sv"} | held
    _put(conn, known.tables["contacts"], theirs)
    nothing = {"id": gone, "line_id": line, "channel": "sms", "language": "en"}
    _put(conn, known.tables["contacts"], nothing | {"address_sealed": b""})
    _put(conn, known.tables["conversations"], {"id": talk, "contact_id": here, "line_id": line})
    return here, gone


async def test_who_had_agreed_is_carried_over_and_nobody_rewrites_it(empty_url: str) -> None:
    writer, reader = engines(empty_url)
    async with writer.begin() as conn:
        entry, members = await conn.run_sync(_agreed)
    await migrate(empty_url)
    agreed = text("SELECT disclosure_id, member_id, leads FROM agreements")
    async with writer.begin() as conn:
        rows = [(UUID(str(a)), UUID(str(b)), bool(c)) for a, b, c in await conn.execute(agreed)]
        assert sorted(rows) == sorted([(entry, members[0], True), (entry, members[1], False)])
        asked = (await conn.execute(text("SELECT id, asked_for FROM disclosures"))).one()
        assert UUID(str(asked[0])) == entry
    for statement in ("DELETE FROM agreements", "DELETE FROM disclosures"):
        with pytest.raises(DBAPIError):
            async with writer.begin() as conn:
                await conn.execute(text(statement))
    await writer.dispose()
    await reader.dispose()


def _agreed(conn: Connection) -> tuple[UUID, list[UUID]]:
    """Two had agreed, when that stood in the entry itself."""
    config = configuration()
    config.attributes["connection"] = conn
    command.upgrade(config, "0028")
    known = MetaData()
    known.reflect(conn)
    line, here, talk, entry = uuid4(), uuid4(), uuid4(), uuid4()
    members = [uuid4(), uuid4()]
    for one in members:
        _put(conn, known.tables["members"], {"id": one, "name_index": one.bytes})
    _put(conn, known.tables["lines"], {"id": line})
    _put(conn, known.tables["contacts"], {"id": here, "line_id": line, "channel": "sms"})
    _put(conn, known.tables["conversations"], {"id": talk, "contact_id": here, "line_id": line})
    first = {"first_by": members[0], "first_leads": True, "first_at": NOW}
    second = {"second_by": members[1], "second_leads": False, "second_at": NOW}
    whose = {"id": entry, "conversation_id": talk, "asked_by": members[0], "asked_for": ["times"]}
    whose["form_key"] = uuid4()
    _put(conn, known.tables["disclosures"], whose | first | second)
    return entry, members


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
async def test_a_migration_that_would_leave_a_row_pointing_to_nothing_changes_nothing(
    empty_url: str,
) -> None:
    writer, reader = engines(empty_url)
    async with writer.begin() as conn:
        await conn.run_sync(_with_contacts)
    lost = sqlite3.connect(empty_url.removeprefix("sqlite+aiosqlite:///"))
    with lost:
        lost.execute("DELETE FROM lines")
    lost.close()
    with pytest.raises(schema.PointsToNothing):
        await migrate(empty_url)
    assert not await is_current(reader)
    async with writer.connect() as conn:
        found = await conn.run_sync(lambda there: inspect(there).get_table_names())
    assert "contact_keys" not in found
    await writer.dispose()
    await reader.dispose()


def _put(conn: Connection, table: Table, own: Mapping[str, object]) -> None:
    """One row: these columns, and something in each other that wants something."""
    empty: dict[type, object] = {str: "", int: 1, bool: False, bytes: b"", datetime: NOW}
    row = {
        column.name: own.get(column.name, empty.get(column.type.python_type, []))
        for column in table.columns
        if column.name in own or not (column.nullable or column.server_default)
    }
    written = {
        name: value.hex if isinstance(value, UUID) and conn.dialect.name == "sqlite" else value
        for name, value in row.items()
    }
    conn.execute(table.insert().values(written))


async def test_a_database_that_does_not_answer_is_not_ready(tmp_path: Path, clock: Clock) -> None:
    await migrate(url := f"sqlite+aiosqlite:///{tmp_path / 'gone.sqlite3'}")
    db = await open_database(url, SECRET, clock.now())
    await db.close()
    (tmp_path / "gone.sqlite3").write_bytes(b"not a database" * 400)
    assert not await db.is_ready()
    await db.close()
