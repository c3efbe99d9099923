"""The log keeps that somebody searched; what for goes with the search's page or a contact."""

import asyncio
from uuid import UUID

import pytest

from handlers.end_searches import end_searches
from handlers.errors import NotFound
from handlers.find import KEPT, ask, find
from handlers.house import House
from handlers.verify_audit import verify_audit
from storage import audit
from storage.audit import Head
from tests.deleting import asked_with_nothing_open, to_the_end
from tests.post import Post
from tests.world import World


async def searched(world: World) -> list[UUID | None]:
    async with world.house.db.read() as tx:
        found = [one async for one in audit.entries(tx)]
    assert all(one.detail == "" for one in found if one.act == "searched")
    return [one.member_id for one in found if one.act == "searched"]


async def test_the_words_go_when_their_page_is_over(world: World, twin: House) -> None:
    house, alva = world.house, world.counsellor
    old = await ask(house, alva, "Kiruna")
    world.clock.advance(seconds=KEPT.total_seconds() - 1)
    new = await ask(house, alva, "Gällivare")
    assert await end_searches(house) == 0
    assert (await find(house, alva, old)).words == "Kiruna"
    world.clock.advance(seconds=1)
    assert sum(await asyncio.gather(end_searches(house), end_searches(twin))) == 1
    assert await world.count("searches") == 1
    assert (await find(house, alva, new)).words == "Gällivare"
    assert await searched(world) == [alva.id, alva.id]
    assert isinstance(await verify_audit(house), Head)


async def test_no_searched_word_outlives_the_deletion_of_a_contact(
    world: World, post: Post
) -> None:
    house, alva = world.house, world.counsellor
    await asked_with_nothing_open(world)
    search = await ask(house, alva, "Kiruna")
    await to_the_end(world, post)
    assert await world.count("searches") == 0
    with pytest.raises(NotFound):
        await find(house, alva, search)
    assert await searched(world) == [alva.id]
