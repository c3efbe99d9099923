"""What a thief opens with a database of before and secrets of after, and the other way round."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import create_async_engine

from handlers.rekey import rekey
from handlers.rewrap_keys import rewrap_keys
from handlers.rotate_keys import rotate_keys
from handlers.wipe import wipe_copies
from storage import tables
from storage.generation_use import HELD, RECEIVED
from storage.opening import open_database
from tests import theft
from tests.sealed import Sealed
from tests.test_keys_rotated import HERE, exchanged, rotated
from tests.test_theft import CONFIGURATION, DATABASE, PASSPHRASE, lived
from tests.theft import ABOUT, NOTHING, TEXTS, Loot, Stolen, stolen_by
from tests.world import SECRET

LATER = "the secret of forty characters of after."
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


async def opens(
    sealed: Sealed, url: str, stolen: Stolen, secret: str, patch: pytest.MonkeyPatch
) -> Loot:
    with patch.context() as here:
        here.setattr(theft, "SECRET", secret)
        return await stolen_by(url, stolen, sealed.alva.key, sealed.clock.now())


async def done_with(sealed: Sealed) -> None:
    """The server has done with what came and left."""
    await lived(sealed)
    await sealed.accept()
    sealed.clock.advance(minutes=2)
    await wipe_copies(sealed.house)


@pytest.fixture
async def replaced(sealed: Sealed, database_url: str) -> list[Mapping[str, Any]]:
    """A line after a theft: both replaced, and the old ones destroyed. The keys of before."""
    await done_with(sealed)
    before = await keys_of(sealed)
    assert await rewrap_keys(sealed.house, LATER)
    db = await open_database(database_url, LATER, sealed.clock.now(), sealed.clock.now)
    restarted = replace(sealed, house=replace(sealed.house, db=db))
    await rotated(restarted, restarted=True)
    await exchanged(restarted.house, sealed)
    sealed.clock.advance(seconds=(HELD + RECEIVED).total_seconds())
    await exchanged(restarted.house, sealed)
    await db.close()
    return before


async def test_a_database_of_after_with_the_secret_of_before_opens_nothing(
    sealed: Sealed, replaced: object, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await opens(sealed, database_url, ALL, SECRET, monkeypatch) == NOTHING
    whole = Loot(TEXTS, frozenset(), ABOUT)
    assert await opens(sealed, database_url, ALL, LATER, monkeypatch) == whole


async def test_a_database_of_after_with_the_keys_and_the_secret_of_before_opens_nothing(
    sealed: Sealed,
    replaced: list[Mapping[str, Any]],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await graft(database_url, replaced)
    assert await opens(sealed, database_url, ALL, SECRET, monkeypatch) == NOTHING


async def test_a_database_of_before_with_the_secret_of_after_opens_nothing(
    sealed: Sealed, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await done_with(sealed)
    assert await opens(sealed, database_url, BOTH, SECRET, monkeypatch) != NOTHING
    assert await opens(sealed, database_url, ALL, LATER, monkeypatch) == NOTHING


async def test_a_database_of_before_with_the_keys_of_after_opens_nothing(
    sealed: Sealed, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new generations alone, as they are once the old ones are destroyed."""
    await done_with(sealed)
    before = await keys_of(sealed)
    await rotate_keys(sealed.house)
    after = {row["id"]: row for row in await keys_of(sealed)}
    new = [row for row in after.values() if row["generation"] == 2 or row["purpose"] == "push"]
    assert len(new) == len(before)
    await graft(database_url, new)
    assert await opens(sealed, database_url, ALL, SECRET, monkeypatch) == NOTHING


async def test_rewrapped_alone_nothing_of_before_needs_to_be_exchanged(
    sealed: Sealed, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await done_with(sealed)
    assert await rewrap_keys(sealed.house, LATER)
    await sealed.text("en process som inte har startats om tar emot")
    assert await rekey(sealed.house, HERE) == 0
    whole = await opens(sealed, database_url, ALL, LATER, monkeypatch)
    assert (whole.texts, whole.about) == (TEXTS, ABOUT)
    assert await opens(sealed, database_url, ALL, SECRET, monkeypatch) == NOTHING
