"""The databases keep what was committed, and nothing that was not."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.house import House
from storage import key_tables, sessions, tables
from storage.database import Tx, engines
from storage.ids import new_id
from storage.lines import add, every
from storage.opening import open_database
from storage.rows import insert
from tests.branches import branches
from tests.clock import Clock
from tests.world import SECRET, World

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 8000,
    "secure_delete": 1,
}


async def _pragma(engine: AsyncEngine, name: str) -> object:
    async with engine.connect() as conn:
        return (await conn.exec_driver_sql(f"PRAGMA {name}")).scalar()


async def test_every_sqlite_connection_is_durable_and_strict(sqlite_url: str) -> None:
    writer, reader = engines(sqlite_url)
    for engine in (writer, reader):
        assert {name: await _pragma(engine, name) for name in PRAGMAS} == PRAGMAS
    assert (await _pragma(writer, "query_only"), await _pragma(reader, "query_only")) == (0, 1)
    await writer.dispose()
    await reader.dispose()


async def test_an_sqlite_write_takes_the_writers_place_when_it_begins(
    sqlite_url: str, clock: Clock
) -> None:
    db = await open_database(sqlite_url, SECRET, clock.now())
    path = sqlite_url.removeprefix("sqlite+aiosqlite:///")
    beside = sqlite3.connect(path, timeout=0, isolation_level=None)
    async with db.write():
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            beside.execute("BEGIN IMMEDIATE")
        beside.execute("BEGIN")
        beside.execute("SELECT count(*) FROM lines")
        beside.execute("ROLLBACK")
    beside.execute("BEGIN IMMEDIATE")
    beside.close()
    await db.close()


async def test_a_second_process_waits_for_its_turn_to_write(
    house: House, database_url: str
) -> None:
    async with branches(house, database_url, 3) as houses:

        async def some(house: House) -> None:
            for _ in range(10):
                async with house.db.write() as tx:
                    await sessions.fail(tx, "Alva", "a", house.now())

        await asyncio.gather(*(some(house) for house in houses))
        async with house.db.read() as tx:
            count = select(func.count()).select_from(key_tables.sign_in_failures)
            assert await tx.conn.scalar(count) == 30


async def _add_a_line(tx: Tx, clock: Clock) -> None:
    await add(tx, "+46701740606", "Card", ("sv",), "exit", False, clock.now())


async def test_what_raises_leaves_nothing_behind(house: House, clock: Clock) -> None:
    async def fail() -> None:
        async with house.db.write() as tx:
            await _add_a_line(tx, clock)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    async with house.db.read() as tx:
        assert await every(tx) == []


async def test_what_is_cancelled_leaves_nothing_behind_and_the_next_one_writes(
    house: House, clock: Clock
) -> None:
    written = asyncio.Event()

    async def hang() -> None:
        async with house.db.write() as tx:
            await _add_a_line(tx, clock)
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with house.db.write() as tx:
        assert await every(tx) == []
        await _add_a_line(tx, clock)
    async with house.db.read() as tx:
        assert len(await every(tx)) == 1


async def test_a_reader_writes_nothing(house: House, clock: Clock) -> None:
    async with house.db.read() as tx:
        with pytest.raises(SQLAlchemyError):
            await _add_a_line(tx, clock)


async def test_a_reader_sees_one_picture_whatever_is_committed_meanwhile(
    house: House, clock: Clock
) -> None:
    async with house.db.read() as tx:
        before = await every(tx)
        async with house.db.write() as writing:
            await _add_a_line(writing, clock)
        assert await every(tx) == before == []
    async with house.db.read() as tx:
        assert len(await every(tx)) == 1


async def test_a_row_that_points_nowhere_is_refused(house: House, clock: Clock) -> None:
    row = {"id": uuid4(), "conversation_id": uuid4(), "member_id": uuid4(), "at": clock.now()}
    with pytest.raises(IntegrityError):
        async with house.db.write() as tx:
            await insert(tx, tables.openings, [row])


async def test_moments_come_back_aware_and_in_utc_and_a_guess_is_refused(
    house: House, world: World
) -> None:
    abroad = datetime(2026, 7, 1, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    async with house.db.write() as tx:
        await sessions.begin(tx, "t", world.counsellor.id, abroad, abroad)
        (row,) = (await tx.conn.execute(select(key_tables.sessions.c.began_at))).all()
        assert (row[0], row[0].utcoffset()) == (abroad, timedelta())
    naive = abroad.replace(tzinfo=None)
    with pytest.raises(StatementError, match="needs its zone"):
        async with house.db.write() as tx:
            await sessions.begin(tx, "u", world.counsellor.id, naive, naive)


@pytest.mark.parametrize("way", ["write", "read", "read_for_work", "apart"])
async def test_errors_of_the_database_say_nothing_of_what_was_written(
    house: House, way: str
) -> None:
    @asynccontextmanager
    async def connected() -> AsyncIterator[AsyncConnection]:
        if way != "apart":
            async with getattr(house.db, way)() as tx:
                yield tx.conn
            return
        engine = house.db.apart()
        async with engine.connect() as conn:
            yield conn
        await engine.dispose()

    with pytest.raises(SQLAlchemyError) as told:
        async with connected() as conn:
            await conn.execute(text("SELECT :canary FROM nowhere"), {"canary": "+46701740699"})
    assert "nowhere" in str(told.value)
    assert "+46701740699" not in str(told.value)


def test_ids_sort_in_the_order_of_their_making_also_when_the_clock_steps_back(
    clock: Clock,
) -> None:
    now = clock.now()
    ids = [new_id(now) for _ in range(500)]
    ids += [new_id(now - timedelta(hours=1)) for _ in range(500)]
    ids += [new_id(now + timedelta(milliseconds=n)) for n in range(500)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert {one.version for one in ids} == {7}
    assert {one.variant for one in ids} == {"specified in RFC 4122"}


async def test_no_table_holds_a_name_a_number_or_a_text_in_the_clear(world: World) -> None:
    await world.text("kanarietexten", "+46701740699")
    await World.hired(world.house, "Kanariemedlemmen")
    held = b""
    async with world.house.db.read() as tx:
        for table in tables.metadata.sorted_tables:
            if table is not tables.scripts:
                for row in await tx.conn.execute(select(table)):
                    held += repr(tuple(row)).encode()
    assert b"greet" in held
    names = (b"Kanariemedlemmen", b"Card 2026")
    for canary in (b"kanarietexten", b"46701740699", b"46701740605", *names):
        assert canary not in held


async def test_whoever_reads_on_sqlite_waits_for_no_thread_and_for_no_writer(
    sqlite_url: str,
) -> None:
    """The event loop would stand still: what is read begins and ends where it is awaited."""
    writer, reader = engines(sqlite_url)
    async with writer.begin() as conn:
        await conn.execute(text("CREATE TABLE kept (it INTEGER)"))
        await conn.execute(text("INSERT INTO kept VALUES (1)"))
    async with writer.begin() as writing:
        await writing.execute(text("INSERT INTO kept VALUES (2)"))
        async with reader.begin() as reading:
            before = [row[0] for row in await reading.execute(text("SELECT it FROM kept"))]
    async with reader.begin() as reading:
        after = [row[0] for row in await reading.execute(text("SELECT it FROM kept"))]
        with pytest.raises(SQLAlchemyError):
            await reading.execute(text("INSERT INTO kept VALUES (3)"))
    assert (before, after) == ([1], [1, 2])
    await writer.dispose()
    await reader.dispose()
