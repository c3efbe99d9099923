"""The server's keys are replaced while the line runs, and the old ones destroyed."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from handlers.house import House
from handlers.rekey import LASTS, rekey
from handlers.rotate_keys import rotate_keys
from handlers.see_generations import Stage, see_generations
from storage import generations, rekeying, tables
from storage.encryption import generation_of
from storage.generation_use import HELD, RECEIVED
from storage.known_keys import SPREAD
from storage.rekeyed import HASHES, KINDS
from tests.sealed import Sealed
from tests.test_resealing import everything_reads, lived
from tests.world import World

HERE, THERE = UUID(int=1), UUID(int=2)
SETTLED = SPREAD + timedelta(minutes=2)


async def rotated(world: World, *, restarted: bool = False) -> None:
    """A rotation whose new keys seal, and by whose old ones nobody writes any more."""
    await rotate_keys(world.house, restarted=restarted)
    world.clock.advance(seconds=SETTLED.total_seconds())


async def exchanged(house: House, world: World, holder: UUID = HERE) -> None:
    """The loop goes on until it has nothing to do."""
    for _ in range(20):
        while await rekey(house, holder):
            pass
        world.clock.advance(minutes=1)
    async with house.db.read() as tx:
        newest = generations.newest(await generations.every(tx), "text")
        assert await rekeying.unfinished(tx, newest.number) is None


async def there(house: House, purpose: str) -> list[int]:
    async with house.db.read() as tx:
        return [one.number for one in await generations.every(tx) if one.purpose == purpose]


async def under(house: House, purposes: Iterable[str] = ("text", "address")) -> dict[str, set[int]]:
    """By column: under which generations anything lies there."""
    found = {}
    async with house.db.read() as tx:
        for kind in KINDS:
            for one in kind.under:
                if one.purpose in purposes:
                    rows = await tx.conn.execute(select(one.column))
                    numbers = {generation_of(v) for v in rows.scalars() if v is not None}
                    found[str(one.column)] = numbers
    return found


OTHERWISE_SEALED = {
    "contact_pairs.private_sealed": "to the team",
    "searches.words_sealed": "under the audit's key, which is kept",
    "sessions.key_sealed": "under what a cookie makes",
    "teams.earlier_sealed": "to the team",
}
ENDS = {
    "shifts.entry_hash": "the next import strikes and adds the same shift",
    "calendar_feeds.token_hash": "is exchanged when it is used (storage.generation_use)",
    "members.passphrase_hash": "argon2id, by the first pepper",
}


def columns(*ends: str) -> set[str]:
    return {
        str(column)
        for table in tables.metadata.tables.values()
        for column in table.columns
        if column.name.endswith(ends)
    }


def test_every_sealed_column_is_exchanged_or_lies_under_something_else() -> None:
    known = {str(u.column) for kind in KINDS for u in kind.under if u.purpose != "index"}
    assert columns("_sealed") == known | OTHERWISE_SEALED.keys()
    assert not known & OTHERWISE_SEALED.keys()


def test_every_index_is_exchanged_or_ends_by_itself() -> None:
    known = {str(u.column) for kind in KINDS for u in kind.under if u.purpose == "index"}
    ends = {str(column) for column in HASHES} | ENDS.keys()
    assert columns("_index", "_hash") == known | ends
    assert not known & ends


async def test_everything_lies_under_the_new_keys_and_reads_as_ever(world: World) -> None:
    talk = await lived(world)
    sealed = await Sealed.of(world)
    await everything_reads(sealed, talk)
    before = await under(world.house)
    assert before["messages.body_sealed"] == before["members.name_sealed"] == {1}
    await rotated(world)
    await everything_reads(sealed, talk)
    await exchanged(sealed.house, world)
    lie = await under(world.house)
    assert set().union(*lie.values()) == {2}, {k: v for k, v in lie.items() if v - {2}}
    assert {k for k, v in before.items() if v} == {k for k, v in lie.items() if v}
    await everything_reads(sealed, talk)


async def test_old_keys_are_destroyed_once_nothing_needs_them_and_everything_reads(
    world: World,
) -> None:
    talk = await lived(world)
    sealed = await Sealed.of(world)
    await rotated(world)
    await exchanged(sealed.house, world)
    assert await there(world.house, "text") == [1, 2], "pages may be open that carry something"
    world.clock.advance(seconds=HELD.total_seconds())
    await exchanged(sealed.house, world)
    assert await there(world.house, "text") == await there(world.house, "address") == [2]
    assert await there(world.house, "audit") == [1, 2], "what was written down is verified by it"
    assert await there(world.house, "push") == [1]
    await everything_reads(sealed, talk)
    world.clock.advance(seconds=RECEIVED.total_seconds())
    await exchanged(sealed.house, world)
    assert await there(world.house, "index") == [2]


async def test_before_it_is_known_everywhere_nothing_is_sealed_by_it(world: World) -> None:
    await rotate_keys(world.house)
    await world.text("hej")
    assert set().union(*(await under(world.house)).values()) == {1}
    assert await rekey(world.house, HERE) == 0, "somebody may still write by the old ones"
    world.clock.advance(seconds=SPREAD.total_seconds())
    await world.text("mer")
    assert (await under(world.house))["messages.body_sealed"] == {1, 2}
    assert (await world.heard()) == ["hej", "mer"]


async def test_how_far_it_is_can_be_asked(world: World) -> None:
    await world.text("hej")
    await rotate_keys(world.house)
    stages = {(o.purpose, o.number): o.stage for o in (await see_generations(world.house)).there}
    assert (stages["text", 1], stages["text", 2]) == (Stage.SEALS, Stage.COMING)
    world.clock.advance(seconds=SETTLED.total_seconds())
    found = await see_generations(world.house)
    old = {o.purpose: o for o in found.there if o.stage is Stage.OLD}
    assert found.doing == "messages"
    assert {need.column: need.rows for need in old["text"].under}["members.name_sealed"] == 1
    assert {need.column for need in old["index"].under} >= {"contact_keys.address_index"}
    assert old["pepper"].members == ("Alva",)
    assert old["audit"].kept
    await exchanged(world.house, world)
    found = await see_generations(world.house)
    old = {o.purpose: o for o in found.there if o.stage is Stage.OLD}
    assert found.doing is None
    assert old["text"].under == old["address"].under == ()
    assert {need.column for need in old["index"].under} == {"receipts.provider_hash"}


async def test_what_does_not_open_keeps_no_key_and_stops_nothing(world: World) -> None:
    await world.text("hej")
    m, k = tables.messages, tables.members.c
    async with world.house.db.write() as tx:
        row = (await tx.conn.execute(select(m.c.id, m.c.body_sealed).limit(1))).one()
        forged = row.body_sealed[:-1] + bytes((row.body_sealed[-1] ^ 1,))
        await tx.conn.execute(update(m).where(m.c.id == row.id).values(body_sealed=forged))
        await tx.conn.execute(update(tables.members).values(name_index=b"x" * 32))
        assert (await tx.conn.execute(select(k.name_index))).scalars().all() == [b"x" * 32]
    await rotated(world)
    await exchanged(world.house, world)
    world.clock.advance(seconds=HELD.total_seconds())
    await exchanged(world.house, world)
    assert await there(world.house, "text") == [2]
    assert (await under(world.house))["messages.body_sealed"] == {1, 2}


async def test_who_is_at_it_is_followed_once_they_have_died(world: World, twin: House) -> None:
    await world.text("hej")
    await rotated(world)
    assert await rekey(world.house, HERE)
    assert await rekey(twin, THERE) == 0, "another process is at it"
    with pytest.raises(RuntimeError):
        async with world.house.db.write() as tx:
            newest = generations.newest(await generations.every(tx), "text").number
            await rekeying.step(tx, "messages", newest, world.clock.now())
            raise RuntimeError
    world.clock.advance(seconds=LASTS.total_seconds())
    await exchanged(twin, world, THERE)
    assert set().union(*(await under(world.house)).values()) == {2}
