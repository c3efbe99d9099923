"""What tests of deletion ask again and again."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.deletion import Stage
from handlers.forget import forget
from handlers.house import House
from storage import deletions
from storage.page_tables import metadata
from tests.post import Post
from tests.states import closed, stored
from tests.world import World


async def run(house: House) -> None:
    while await forget(house):
        pass


async def asked_with_nothing_open(world: World) -> UUID:
    await closed(world)
    await world.text("RADERA")
    await world.text("RADERA JA")
    return (await stored(world)).id


async def stage(world: World) -> Stage | None:
    async with world.house.db.read() as tx:
        found = await deletions.of_contact(tx, (await stored(world)).contact_id)
    return found.stage if found else None


async def to_the_end(world: World, post: Post) -> list[str]:
    """All steps, with a provider that takes what is sent; what was sent."""
    sent = []
    for _ in range(4):
        await run(world.house)
        sent += await post.carry()
        world.clock.advance(seconds=3)
    return sent


async def rows(world: World, table: str) -> list[Any]:
    async with world.house.db.read() as tx:
        return list(await tx.conn.execute(select(metadata.tables[table])))


def sealed(row: Any) -> list[str]:
    """The columns of a row that hold something sealed or keyed."""
    ends = ("_sealed", "address_index")
    return [name for name, held in row._mapping.items() if name.endswith(ends) and held]


ABOUT = (
    "contact_keys",
    "contact_pairs",
    "quiet_words",
    "note_drafts",
    "messages",
    "outbox",
    "notes",
    "drafts",
    "triages",
    "plans",
    "pictures",
    "revisions",
    "register_words",
)
