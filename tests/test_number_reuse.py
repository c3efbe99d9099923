"""After 90 days of silence a number may belong to somebody else, whoever writes and when."""

import asyncio
from typing import Any

from sqlalchemy import select

from domain.gate import Gate
from handlers.house import House
from handlers.retire_numbers import retire_numbers
from handlers.seen import Said
from storage import tables
from storage.pair_tables import contact_keys
from tests.states import closed
from tests.world import World

T, K = tables.contacts, contact_keys


async def people(world: World) -> list[Any]:
    async with world.house.db.read() as tx:
        query = select(T, K.c.address_index).join_from(T, K, K.c.contact_id == T.c.id)
        return list(await tx.conn.execute(query.order_by(T.c.id)))


async def test_the_index_is_wiped_by_the_clock_without_anybody_writing(world: World) -> None:
    await closed(world)
    world.clock.advance(days=89)
    assert await retire_numbers(world.house) == 0
    world.clock.advance(days=2)
    assert await retire_numbers(world.house) == 1
    (person,) = await people(world)
    assert person.address_index is None
    assert await retire_numbers(world.house) == 0


async def test_whoever_has_the_number_then_is_somebody_new(world: World) -> None:
    await world.text("hej")
    await world.text("1")
    assert (await world.see()).row.gate is Gate.OPEN
    world.clock.advance(days=91)
    await retire_numbers(world.house)
    await world.text("vem är det här")
    queue = await world.queue()
    fresh = max(queue.waiting, key=lambda row: row.wait.since)
    assert (fresh.gate, fresh.returning) == (Gate.UNKNOWN, False)
    assert [person.gate for person in await people(world)] == ["unknown", "unknown"]
    seen = await world.see(fresh.id)
    said = [item for item in seen.thread if isinstance(item, Said)]
    assert [item.body for item in said if item.author == "contact"] == ["vem är det här"]


async def test_two_processes_retire_each_number_once(world: World, twin: House) -> None:
    for place in range(5):
        await world.text("hej", f"+4670174061{place}")
    world.clock.advance(days=91)
    done = await asyncio.gather(retire_numbers(world.house), retire_numbers(twin))
    assert sum(done) + await retire_numbers(world.house) == 5
