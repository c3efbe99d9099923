"""Nothing of what lay under destroyed keys, nor the keys themselves, stays in any file."""

from pathlib import Path

import pytest
from sqlalchemy import select

from handlers.house import House
from handlers.rewrap_keys import rewrap_keys
from storage import tables
from storage.generation_use import HELD, RECEIVED
from storage.generations import KEPT
from storage.rekeyed import KINDS
from tests.sealed import Sealed
from tests.test_keys_rotated import exchanged, rotated
from tests.test_resealing import lived
from tests.world import PHONE, World

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def wrapped(house: House, *, kept: bool = False) -> list[bytes]:
    k = tables.keys.c
    async with house.db.read() as tx:
        query = select(k.wrapped)
        query = query if kept else query.where(k.purpose.not_in(KEPT))
        return list((await tx.conn.execute(query)).scalars())


async def ciphertexts(house: House) -> list[bytes]:
    """Their ends, and indexes: what no other row has."""
    found: list[bytes] = []
    async with house.db.read() as tx:
        for kind in KINDS:
            for one in kind.under:
                values = (await tx.conn.execute(select(one.column))).scalars()
                found += [value[8:] for value in values if value is not None]
    return found


def in_files(folder: Path, what: bytes) -> bool:
    return any(what in file.read_bytes() for file in folder.iterdir() if file.is_file())


async def test_destroyed_keys_and_what_lay_under_them_are_in_no_file(
    world: World, tmp_path: Path
) -> None:
    await lived(world)
    sealed = await Sealed.of(world)
    await world.text("kanariefågel", phone=PHONE)
    before = [*await wrapped(world.house), *await ciphertexts(world.house)]
    assert len(before) > 30
    assert all(in_files(tmp_path, one) for one in before)
    await rotated(world)
    await exchanged(sealed.house, world)
    world.clock.advance(seconds=(HELD + RECEIVED).total_seconds())
    await exchanged(sealed.house, world)
    left = [one for one in before if in_files(tmp_path, one)]
    pepper = {row for row in await wrapped(world.house) if row in left}
    assert set(left) == pepper, "the pepper alone: nobody has signed in"
    assert len(pepper) <= 1
    assert not in_files(tmp_path, "kanariefågel".encode())
    assert not in_files(tmp_path, PHONE.encode())


async def test_keys_as_they_were_wrapped_before_are_in_no_file(
    world: World, tmp_path: Path
) -> None:
    before = await wrapped(world.house, kept=True)
    assert all(in_files(tmp_path, one) for one in before)
    assert await rewrap_keys(world.house, "the secret of forty characters of after.")
    assert not [one for one in before if in_files(tmp_path, one)]
