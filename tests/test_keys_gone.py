"""Nothing of what lay under destroyed keys, nor the keys themselves, nor what led to somebody who
was deleted, stays in any file of the database. What PostgreSQL's log holds the guide says.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text

from handlers.house import House
from handlers.invite import revoke
from handlers.read_by import read_by
from handlers.rekey import rekey
from handlers.rewrap_keys import forget_wrapped, rewrap_keys
from handlers.wipe import wipe_copies
from storage import compacting, rekeying, tables
from storage.generation_use import HELD, RECEIVED
from storage.generations import KEPT
from storage.key_tables import member_wraps, sessions
from storage.pair_tables import contact_keys, contact_pairs
from storage.rekeyed import KINDS
from storage.team_tables import roster
from tests.aging import a_night
from tests.deleting import asked_with_nothing_open, to_the_end
from tests.post import Post
from tests.sealed import Sealed
from tests.team import hired, let_in, proves, signed_in
from tests.test_keys_rotated import HERE, exchanged, rotated
from tests.test_keys_rotated import there as numbers
from tests.test_resealing import everything_reads, finished, lived
from tests.world import PHONE, World

Files = Callable[[], Awaitable[bytes]]


@pytest.fixture
def files(world: World, tmp_path: Path) -> Files:
    """All that the database consists of on the disk, less PostgreSQL's log of what was written."""

    async def read() -> bytes:
        folder = tmp_path
        if world.house.db.postgres:
            folder = await on_the_disk(world.house)
        return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())

    return read


async def on_the_disk(house: House) -> Path:
    """PostgreSQL's folder of this database, once it has written down what it holds in memory."""
    engine = house.db.apart()
    async with engine.connect() as conn:
        alone = await conn.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("CHECKPOINT"))
        number = "SELECT oid FROM pg_database WHERE datname = current_database()"
        named = str(await alone.scalar(text(number)))
        folder = Path(str(await alone.scalar(text("SHOW data_directory")))) / "base" / named
    await engine.dispose()
    return folder


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


async def test_destroyed_keys_and_what_lay_under_them_are_in_no_file(
    world: World, files: Files
) -> None:
    await lived(world)
    sealed = await Sealed.of(world)
    await world.text("kanariefågel", phone=PHONE)
    before = [*await wrapped(world.house), *await ciphertexts(world.house)]
    assert len(before) > 30
    there = await files()
    assert all(one in there for one in before)
    await rotated(world)
    await exchanged(sealed.house, world)
    world.clock.advance(seconds=(HELD + RECEIVED).total_seconds())
    await exchanged(sealed.house, world)
    there = await files()
    left = [one for one in before if one in there]
    pepper = {row for row in await wrapped(world.house) if row in left}
    assert set(left) == pepper, "the pepper alone: nobody has signed in"
    assert len(pepper) <= 1
    assert "kanariefågel".encode() not in there
    assert PHONE.encode() not in there


async def test_keys_as_they_were_wrapped_before_are_in_no_file(world: World, files: Files) -> None:
    before = await wrapped(world.house, kept=True)
    there = await files()
    assert all(one in there for one in before)
    assert await rewrap_keys(world.house, "the secret of forty characters of after.")
    there = await files()
    assert not [one for one in before if one in there]


async def test_after_a_night_nothing_that_led_to_a_deleted_contact_is_in_any_file(
    sealed: Sealed, post: Post, files: Files
) -> None:
    await a_night(sealed)
    await sealed.text("hej")
    m, k, p = tables.messages.c, contact_keys.c, contact_pairs.c
    asked = (m.body_sealed, k.address_sealed, k.address_index, k.pair_sealed, p.private_sealed)
    async with sealed.house.db.read() as tx:
        rows = [(await tx.conn.execute(select(one))).scalars().all() for one in asked]
    before = [one for some in rows for one in some if one]
    assert len(before) >= len(asked)
    there = await files()
    assert all(one in there for one in before)
    await asked_with_nothing_open(sealed)
    await to_the_end(sealed, post)
    if sealed.house.db.postgres:
        assert await a_night(sealed) == {}, "nothing else went in it"
    there = await files()
    assert [one for one in before if one in there] == []


async def test_what_let_somebody_read_is_in_no_file_once_it_is_over(
    sealed: Sealed, files: Files
) -> None:
    """Nor what was to be sent. On SQLite at the next round, on PostgreSQL, but for what was to be
    sent, in the next night."""
    await a_night(sealed)
    await sealed.text("hej")
    talk = await sealed.taken()
    bea = await hired(sealed.house, "Bea")
    await let_in(sealed.alva, bea)
    await proves(bea)
    await signed_in(bea)
    await wipe_copies(sealed.house)
    await sealed.reply(talk, "ett svar", asked=True)
    s, w, r, p = sessions.c, member_wraps.c, roster.c, contact_pairs.c
    asked = [s.key_sealed, w.wrapped, r.sealed, p.private_sealed]
    asked += [] if sealed.house.db.postgres else [tables.outbox.c.body_sealed]
    async with sealed.house.db.read() as tx:
        rows = [(await tx.conn.execute(select(one))).scalars().all() for one in asked]
    before = [one for some in rows for one in some if one]
    assert len(before) > len(asked), "each has one, and the roster two"
    there = await files()
    assert all(one in there for one in before)
    await sealed.accept()
    await revoke(sealed.house, "Bea")
    await read_by(sealed.house, sealed.alva.member, sealed.alva.key)
    if sealed.house.db.postgres:
        assert await a_night(sealed) == {}, "nothing else went in it"
    else:
        assert await wipe_copies(sealed.house) == 0, "no copy is left to be wiped"
    there = await files()
    assert [one for one in before if one in there] == []


async def test_the_keys_under_which_texts_lay_before_the_team_are_destroyed(world: World) -> None:
    talk = await lived(world)
    sealed = await Sealed.of(world)
    assert await finished(sealed.house, world)
    await exchanged(sealed.house, world)
    assert await numbers(world.house, "text") == [1, 2], "pages may be open that carry something"
    world.clock.advance(seconds=HELD.total_seconds())
    await exchanged(sealed.house, world)
    assert await numbers(world.house, "text") == [2]
    await everything_reads(sealed, talk)


async def test_where_nothing_lay_there_before_the_team_its_keys_stay(world: World) -> None:
    sealed = await Sealed.of(world)
    world.clock.advance(minutes=1)
    await world.text("hej")
    assert await finished(sealed.house, world)
    assert await numbers(world.house, "text") == [1]


async def test_where_the_secret_was_changed_the_keys_wait_for_a_person(
    world: World, twin: House
) -> None:
    """A process that was not restarted since knows no newer ones."""
    await lived(world)
    sealed = await Sealed.of(world)
    assert await rewrap_keys(world.house, "the secret of forty characters of after.")
    assert await finished(sealed.house, world)
    assert await numbers(world.house, "text") == [1]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_while_somebody_reads_from_before_nothing_is_taken_for_gone(
    world: World, twin: House, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A back-up sees the old rows for as long as it takes: they would be written along."""
    monkeypatch.setattr(compacting, "WAITS", 100)
    before = await wrapped(world.house, kept=True)
    async with twin.db.read() as tx:
        await tx.conn.execute(select(tables.members))
        assert not await rewrap_keys(world.house, "the secret of forty characters of after.")
        there = await files()
        assert all(one in there for one in before)
    assert await forget_wrapped(world.house)
    there = await files()
    assert not [one for one in before if one in there]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_old_keys_that_somebody_may_still_see_are_destroyed_at_a_later_look(
    world: World, twin: House, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "WAITS", 100)
    before = await wrapped(world.house)
    await rotated(world)
    async with twin.db.read() as tx:
        await tx.conn.execute(select(tables.members))
        while await rekey(world.house, HERE):
            pass
        async with world.house.db.read() as ours:
            assert await rekeying.unfinished(ours, 2) == rekeying.TABLES
    await exchanged(world.house, world)
    world.clock.advance(seconds=(HELD + RECEIVED).total_seconds())
    async with twin.db.read() as tx:
        await tx.conn.execute(select(tables.members))
        while await rekey(world.house, HERE):
            pass
        there = await files()
        assert all(one in there for one in before)
    await exchanged(world.house, world)
    there = await files()
    assert len([one for one in before if one in there]) <= 1, "but for the pepper"
