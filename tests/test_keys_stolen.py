"""What a thief opens with a database of before and secrets or keys of after, and the other way
round; `test_theft.py` says what opens with a back-up beside it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import create_async_engine

from handlers.rekey import rekey
from handlers.rewrap_keys import rewrap_keys
from handlers.rotate_keys import rotate_keys
from storage import tables
from storage.generation_use import HELD, RECEIVED
from storage.opening import open_database
from tests.loot import ABOUT, ASKED, NOTHING, TEXTS, Loot
from tests.sealed import Sealed
from tests.team import proves
from tests.test_keys_rotated import HERE, exchanged, rotated
from tests.test_theft import CONFIGURATION, DATABASE, LATER, PASSPHRASE, done_with, lived
from tests.theft import Stolen, Thief, Things
from tests.world import SECRET

BOTH = DATABASE | CONFIGURATION
ALL = BOTH | PASSPHRASE


async def keys_of(sealed: Sealed) -> list[Mapping[str, Any]]:
    async with sealed.house.db.read() as tx:
        return [dict(row._mapping) for row in await tx.conn.execute(select(tables.keys))]


async def graft(url: str, rows: list[Mapping[str, Any]]) -> None:
    """The keys of another copy in the place of those that are there."""
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        await conn.execute(delete(tables.keys))
        await conn.execute(insert(tables.keys), rows)
    await engine.dispose()


async def opens(sealed: Sealed, url: str, stolen: Stolen, secret: str) -> Loot:
    """With the passphrase of whoever made the team."""
    thief = Thief(Things(url, secret, passphrase="en lugn kväll vid sjön"))
    try:
        return await thief.opens(stolen)
    finally:
        await thief.close()


async def lived_through(sealed: Sealed) -> None:
    """Everything was said, and the server has done with it."""
    await proves(sealed.alva)
    await lived(sealed)
    await done_with(sealed)


async def test_a_database_of_after_with_the_keys_and_the_secret_of_before_opens_nothing(
    sealed: Sealed, database_url: str
) -> None:
    """Both were replaced, and the old ones destroyed."""
    await lived_through(sealed)
    before = await keys_of(sealed)
    assert await rewrap_keys(sealed.house, LATER)
    db = await open_database(database_url, LATER, sealed.clock.now(), sealed.clock.now)
    restarted = replace(sealed, house=replace(sealed.house, db=db))
    await rotated(restarted, restarted=True)
    await exchanged(restarted.house, sealed)
    sealed.clock.advance(seconds=(HELD + RECEIVED).total_seconds())
    await exchanged(restarted.house, sealed)
    await db.close()
    assert await opens(sealed, database_url, ALL, SECRET) == NOTHING
    assert await opens(sealed, database_url, ALL, LATER) == Loot(TEXTS | ASKED, frozenset(), ABOUT)
    await graft(database_url, before)
    assert await opens(sealed, database_url, ALL, SECRET) == NOTHING


async def test_a_database_of_before_with_the_secret_of_after_opens_nothing(
    sealed: Sealed, database_url: str
) -> None:
    await lived_through(sealed)
    assert await opens(sealed, database_url, BOTH, SECRET) != NOTHING
    assert await opens(sealed, database_url, ALL, LATER) == NOTHING


async def test_a_database_of_before_with_the_keys_of_after_opens_nothing(
    sealed: Sealed, database_url: str
) -> None:
    """The new generations alone, as they are once the old ones are destroyed."""
    await lived_through(sealed)
    before = await keys_of(sealed)
    await rotate_keys(sealed.house)
    after = {row["id"]: row for row in await keys_of(sealed)}
    new = [row for row in after.values() if row["generation"] == 2 or row["purpose"] == "push"]
    assert len(new) == len(before)
    await graft(database_url, new)
    assert await opens(sealed, database_url, ALL, SECRET) == NOTHING


async def test_rewrapped_alone_nothing_of_before_needs_to_be_exchanged(
    sealed: Sealed, database_url: str
) -> None:
    await lived_through(sealed)
    assert await rewrap_keys(sealed.house, LATER)
    await sealed.text("en process som inte har startats om tar emot")
    assert await rekey(sealed.house, HERE) == 0
    whole = await opens(sealed, database_url, ALL, LATER)
    assert (whole.texts, whole.about) == (TEXTS | ASKED, ABOUT)
    assert await opens(sealed, database_url, ALL, SECRET) == NOTHING
