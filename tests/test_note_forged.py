"""A forged role is noted once an hour, and holds up nobody."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event

from domain.access import Role
from domain.noted import Noted
from handlers.house import House
from handlers.note_forged import note_forged
from storage import audit
from tests.test_role_raised import written
from tests.world import World


async def noted(house: House) -> int:
    async with house.db.read() as tx:
        return sum([one.act == Noted.ROLE_FORGED async for one in audit.entries(tx)])


@pytest.fixture
async def begun(world: World) -> AsyncIterator[list[object]]:
    """What began on the connections that write."""
    seen: list[object] = []
    engine = world.house.db._writer.sync_engine
    hear = seen.append
    event.listen(engine, "begin", hear)
    yield seen
    event.remove(engine, "begin", hear)


async def test_within_the_hour_no_transaction_writes(world: World, begun: list[object]) -> None:
    robin = await World.hired(world.house, "Robin", Role.REPORTER)
    await written(world.house, robin.id, Role.COORDINATOR)
    await note_forged(world.house, robin)
    assert await noted(world.house) == 1
    begun.clear()
    for _ in range(3):
        await note_forged(world.house, robin)
    assert begun == []
    world.clock.advance(hours=2)
    await note_forged(world.house, robin)
    assert begun
    assert await noted(world.house) == 2


async def test_where_nothing_can_be_written_the_request_goes_on(world: World) -> None:
    robin = await World.hired(world.house, "Robin", Role.REPORTER)
    await written(world.house, robin.id, Role.COORDINATOR)
    async with world.house.db.write() as tx:
        if tx.postgres:
            no = "ALTER TABLE audit ADD CONSTRAINT is_full CHECK (act <> 'role_forged') NOT VALID"
        else:
            no = (
                "CREATE TRIGGER is_full BEFORE INSERT ON audit WHEN NEW.act = 'role_forged' "
                "BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        await tx.conn.exec_driver_sql(no)
    await note_forged(world.house, robin)
    assert await noted(world.house) == 0
