"""On PostgreSQL pages read with connections of their own: what comes in never waits for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.house import House
from handlers.send import lease
from handlers.settle import settle
from storage.database import READERS, WRITERS
from tests.edge import serving
from tests.emptied import EMPTIES
from tests.patience import PATIENCE
from tests.world import World

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

PROCESSES = 5
"""As many as docs/operations.md promises room for."""

LISTENS = 1
OF_POSTGRESQL = 100 - 3
"""`max_connections` less `superuser_reserved_connections`, as they are by default."""

LEFT = 12


@asynccontextmanager
async def readers_full(house: House) -> AsyncIterator[asyncio.Task[None]]:
    """Every reader's connection is in use, and one more reader waits."""

    async def one_more() -> None:
        async with house.db.read():
            pass

    async with AsyncExitStack() as held:
        for _ in range(READERS):
            await held.enter_async_context(house.db.read())
        late = asyncio.create_task(one_more())
        await asyncio.sleep(0)
        yield late
        assert not late.done(), "the readers were not full"
    await late


async def test_readers_that_fill_their_pool_do_not_delay_a_write(world: World) -> None:
    async with readers_full(world.house), asyncio.timeout(PATIENCE):
        async with world.house.db.write() as tx:
            await tx.conn.execute(text("SELECT 1"))
        await world.write("hej")
    assert await world.heard() == ["hej"]


async def test_a_webhook_is_stored_and_the_line_is_ready_while_pages_wait(world: World) -> None:
    async with serving(world.house) as edge, readers_full(world.house):
        assert (await edge.text("hej")).status_code == 200
        assert (await edge.http.get("/readyz")).status_code == 200
    assert await world.heard() == ["hej"]


async def test_what_waits_to_leave_leaves_while_pages_wait(world: World) -> None:
    await world.write("hej")
    async with readers_full(world.house), asyncio.timeout(PATIENCE):
        assert len(await lease(world.house)) == 1
        assert await settle(world.house, {}) == 0


async def test_a_process_has_no_more_connections_than_it_promises(house: House) -> None:
    enough = asyncio.Event()

    async def hold(*, writing: bool) -> None:
        async with house.db.write() if writing else house.db.read() as tx:
            await tx.conn.execute(text("SELECT 1"))
            await enough.wait()

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        for turn in range(4 * WRITERS):
            tasks.create_task(hold(writing=bool(turn % 2)))
        engine = house.db.apart()
        while await _connections(engine) < WRITERS + READERS:  # noqa: ASYNC110 - asked of PostgreSQL
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)  # for any that should not be there
        assert await _connections(engine) == WRITERS + READERS
        await engine.dispose()
        enough.set()
    assert PROCESSES * (WRITERS + READERS + LISTENS) + LEFT <= OF_POSTGRESQL


async def _connections(engine: AsyncEngine) -> int:
    """How many others there are to this test's database."""
    query = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND application_name <> :empties"
    )
    async with engine.connect() as conn:
        return int((await conn.execute(text(query), {"empties": EMPTIES})).scalar_one())
