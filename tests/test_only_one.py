"""A process that ends as it is told to gives back what only one may do at a time."""

from datetime import timedelta
from uuid import uuid4

from handlers.house import House
from handlers.only_one import give_all_back, hold
from storage import leases
from tests.edge import PUBLIC
from tests.world import SECRET, World
from utvag.line import run_line
from utvag.settings import load

LONG = timedelta(hours=1)
ONE, OTHER = "one thing", "another thing"


async def test_what_a_line_held_is_free_when_it_has_ended(
    world: World, twin: House, database_url: str
) -> None:
    settings = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET, "PUBLIC_URL": PUBLIC}
    given = load({f"UTVAG_{name}": value for name, value in settings.items()})
    others, next_one = uuid4(), uuid4()
    assert await hold(twin, OTHER, others, LONG)
    async with run_line(given, world.clock.now) as line:
        assert await hold(line.house, ONE, line.holder, LONG)
        assert not await hold(twin, ONE, next_one, LONG)
    assert await hold(twin, ONE, next_one, LONG)
    assert not await hold(twin, OTHER, next_one, LONG), "what another held was given back with it"


async def test_a_database_that_is_held_up_does_not_keep_it_from_ending(
    world: World, twin: House
) -> None:
    holder, next_one, now = uuid4(), uuid4(), world.clock.now()
    assert await hold(world.house, ONE, holder, LONG)
    async with twin.db.write() as tx:
        assert await leases.hold(tx, ONE, holder, now, now + LONG)
        await give_all_back(world.house, holder)
    assert not await hold(twin, ONE, next_one, LONG)
    await give_all_back(world.house, holder)
    assert await hold(twin, ONE, next_one, LONG)
