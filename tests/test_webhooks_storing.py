"""Acknowledged means stored: what the webhook says about it, on both databases."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select, text
from structlog.testing import capture_logs

from handlers.seen import Said
from storage import channel_tables, tables
from tests.edge import MESSAGE, Edge, form, serving
from tests.world import PHONE, World


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    async with serving(world.house) as made:
        yield made


async def count(world: World, table: object = tables.messages) -> int:
    async with world.house.db.read() as tx:
        query = select(func.count()).select_from(table)  # type: ignore[arg-type] # a table
        return int((await tx.conn.execute(query)).scalar_one())


async def bodies(world: World) -> list[str | None]:
    thread = (await world.see()).thread
    return [i.body for i in thread if isinstance(i, Said) and i.author == "contact"]


async def test_the_same_message_posted_many_times_at_once_is_stored_once(
    world: World, edge: Edge
) -> None:
    fields = form()
    answers = await asyncio.gather(*(edge.post(MESSAGE, fields) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert await count(world) == 1


async def test_two_first_texts_of_one_phone_at_the_same_moment_make_one_conversation(
    world: World, edge: Edge
) -> None:
    answers = await asyncio.gather(*(edge.text(body) for body in ("hej", "hallå")))
    assert {answer.status_code for answer in answers} == {200}
    assert await count(world, tables.contacts) == 1
    assert await count(world, tables.conversations) == 1
    await world.step()
    world.clock.advance(seconds=5)
    await world.step()
    assert await world.said() == ["greet"]


async def test_what_cannot_be_stored_is_503_and_nothing_of_it_is_stored(
    world: World, edge: Edge
) -> None:
    """A table that is missing stands for a disk that is full: the last statement fails."""
    async with world.house.db.write() as tx:
        await tx.conn.execute(text("ALTER TABLE events RENAME TO events_away"))
    with capture_logs() as lines:
        answer = await edge.text("hej")
    assert (answer.status_code, answer.text) == (503, "")
    assert int(answer.headers["retry-after"]) > 0
    assert "hej" not in str(lines)
    assert PHONE not in str(lines)
    async with world.house.db.write() as tx:
        await tx.conn.execute(text("ALTER TABLE events_away RENAME TO events"))
    async with world.house.db.read() as tx:
        for table in (
            tables.messages,
            tables.contacts,
            tables.conversations,
            channel_tables.receipts,
        ):
            found = await tx.conn.execute(select(func.count()).select_from(table))
            assert found.scalar_one() == 0, table.name
    assert (await edge.text("hej")).status_code == 200
    assert await bodies(world) == ["hej"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_locked_database_is_503_in_time_for_the_provider_to_try_again(
    sqlite_url: str, edge: Edge, world: World
) -> None:
    """Twilio waits 15 s. All who wait are told so together, not one after the other."""
    async with world.house.db.write() as tx:
        await tx.conn.exec_driver_sql("PRAGMA busy_timeout = 300")
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite+aiosqlite:///"))
    other.execute("BEGIN IMMEDIATE")
    began = asyncio.get_running_loop().time()
    answers = await asyncio.gather(*(edge.text(phone=f"+467017406{n}") for n in range(20, 40)))
    took = asyncio.get_running_loop().time() - began
    assert {answer.status_code for answer in answers} == {503}
    assert took < 20 * 0.3  # seconds: each on its own would have waited for so long
    other.rollback()
    other.close()
    assert (await edge.text()).status_code == 200
    assert await count(world) == 1
