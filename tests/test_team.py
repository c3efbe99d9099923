"""The team's pair opens for whoever a reader admitted, and for no row that somebody wrote."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update

from domain.member import Role
from handlers.house import House
from storage import admitted, tables, team
from storage.encryption import SealBroken
from storage.key_tables import member_keys
from storage.pairs import new_pair, open_with, seal_to
from storage.team_tables import roster, teams
from tests.team import Colleague, first, hired, let_in, with_pair
from tests.world import World


async def opened(who: Colleague) -> dict[int, bytes]:
    async with who.house.db.read() as tx:
        found = await team.opened_by(tx, who.key)
        return {generation: found[generation].public for generation in found}


async def sealing(house: House) -> tuple[int, bytes] | None:
    async with house.db.read() as tx:
        return await team.public_key(tx)


async def valid(reader: Colleague) -> dict[UUID, bool]:
    """By member of the roster, whether a reader finds their entry valid."""
    async with reader.house.db.read() as tx:
        pairs = await team.opened_by(tx, reader.key)
        entries = await admitted.entries(tx, max(pairs))
        return {e.member.member_id: admitted.is_valid(tx, pairs[max(pairs)], e) for e in entries}


async def test_until_there_is_a_team_nothing_is_sealed_to_one(world: World) -> None:
    alone = await with_pair(world.house, world.counsellor)
    assert await sealing(world.house) is None
    assert await opened(alone) == {}


async def test_the_first_who_reads_makes_the_team_and_opens_it(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    generation, public = await sealing(world.house) or (0, b"")
    assert await opened(alva) == {1: public}
    assert generation == 1


async def test_of_two_first_readers_at_once_one_makes_the_team(world: World, twin: House) -> None:
    alva = await with_pair(world.house, world.counsellor)
    elis = await hired(world.house, "Elis")

    async def make(house: House, who: Colleague) -> bool:
        async with house.db.write() as tx:
            return await team.make(tx, who.key, house.now())

    made = await asyncio.gather(make(world.house, alva), make(twin, elis))
    assert sorted(made) == [False, True]
    assert sorted([len(await opened(alva)), len(await opened(elis))]) == [0, 1]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.REPORTER])
async def test_who_does_not_read_makes_no_team(world: World, role: Role) -> None:
    other = await hired(world.house, "Sam", role)
    async with world.house.db.write() as tx:
        assert not await team.make(tx, other.key, world.clock.now())
    assert await sealing(world.house) is None


async def test_a_member_of_later_opens_nothing_until_a_reader_admits_them(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    elis = await hired(world.house, "Elis")
    assert await opened(elis) == {}
    await let_in(alva, elis)
    assert await opened(elis) == await opened(alva)


async def test_an_entry_copied_from_a_colleague_opens_nothing_and_is_not_valid(
    world: World,
) -> None:
    alva = await first(world.house, world.counsellor)
    elis = await hired(world.house, "Elis")
    async with world.house.db.write() as tx:
        row = (await tx.conn.execute(select(roster))).mappings().one()
        await tx.conn.execute(insert(roster).values(dict(row) | {"member_id": elis.member.id}))
    assert await opened(elis) == {}
    assert await valid(alva) == {alva.member.id: True, elis.member.id: False}


async def test_an_entry_that_the_servers_own_keys_forged_is_found_out_by_a_reader(
    world: World,
) -> None:
    """Whoever has database and configuration seals a tag, but cannot make the team's."""
    alva = await first(world.house, world.counsellor)
    mallory = await hired(world.house, "Mallory")
    async with world.house.db.write() as tx:
        known = await admitted.known(tx, mallory.member.id)
        assert known is not None
        false = admitted.Key(1, new_pair())
        await admitted.admit(tx, false, known, alva.member.id, world.clock.now())
        (_, entry) = await admitted.entries(tx, 1)
        assert admitted.stands(tx, entry)
    assert await valid(alva) == {alva.member.id: True, mallory.member.id: False}
    assert await opened(mallory) == {}


async def test_a_swapped_public_key_makes_an_entry_worthless(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    elis = await hired(world.house, "Elis")
    await let_in(alva, elis)
    async with world.house.db.write() as tx:
        await tx.conn.execute(
            update(member_keys)
            .where(member_keys.c.member_id == elis.member.id)
            .values(public=new_pair().public)
        )
    assert await valid(alva) == {alva.member.id: True, elis.member.id: False}


@pytest.mark.parametrize("then", [Role.ADMIN, Role.COORDINATOR])
async def test_another_role_makes_an_entry_worthless(world: World, then: Role) -> None:
    alva = await first(world.house, world.counsellor)
    elis = await hired(world.house, "Elis")
    await let_in(alva, elis)
    async with world.house.db.write() as tx:
        whose = tables.members.c.id == elis.member.id
        await tx.conn.execute(update(tables.members).where(whose).values(role=then))
    assert await valid(alva) == {alva.member.id: True, elis.member.id: False}
    assert await opened(elis) == {}


async def test_a_raised_role_alone_opens_nothing(world: World) -> None:
    await first(world.house, world.counsellor)
    reporter = await hired(world.house, "Rut", Role.REPORTER)
    async with world.house.db.write() as tx:
        whose = tables.members.c.id == reporter.member.id
        await tx.conn.execute(update(tables.members).where(whose).values(role=Role.COUNSELLOR))
    assert await opened(reporter) == {}


async def test_a_team_that_somebody_wrote_into_the_database_seals_nothing(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    true = await sealing(world.house)
    false = new_pair()
    async with world.house.db.write() as tx:
        (row,) = (await tx.conn.execute(select(teams))).mappings()
        forged = dict(row) | {"generation": 2, "public_sealed": row["public_sealed"]}
        await tx.conn.execute(insert(teams).values(forged))
        await tx.conn.execute(
            insert(teams).values(forged | {"generation": 3, "public_sealed": b""})
        )
        assert await team.not_ours(tx) == [3, 2]
    assert await sealing(world.house) == true
    assert false.public not in (await opened(alva)).values()
    assert set(await opened(alva)) == {1}


async def test_who_opens_the_newest_opens_those_before_it(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    pairs = [new_pair() for _ in range(3)]
    async with world.house.db.write() as tx:
        earlier = (await team.opened_by(tx, alva.key))[1]
        known = await admitted.known(tx, alva.member.id)
        assert known is not None
        for generation, pair in enumerate(pairs, 2):
            assert await team.add(tx, generation, pair, earlier, alva.member.id, world.clock.now())
            earlier = pair
        await tx.conn.execute(delete(roster))
        await admitted.admit(
            tx, admitted.Key(4, pairs[-1]), known, alva.member.id, world.clock.now()
        )
    async with world.house.db.read() as tx:
        found = await team.opened_by(tx, alva.key)
        assert list(found) == [4, 3, 2, 1]
        assert [found[n].private for n in (2, 3, 4)] == [pair.private for pair in pairs]
        sealed = seal_to(found[1].public, b"old", 1)
        assert open_with(found[1], sealed, 1) == b"old"
        assert 5 not in found
        assert pairs[0].private.hex() not in repr(found)


async def test_an_old_rosters_entry_written_back_opens_nothing_newer(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    elis = await hired(world.house, "Elis")
    await let_in(alva, elis)
    new = new_pair()
    async with world.house.db.write() as tx:
        whose = roster.c.member_id == elis.member.id
        (old,) = (await tx.conn.execute(select(roster).where(whose))).mappings()
        earlier = (await team.opened_by(tx, alva.key))[1]
        known = await admitted.known(tx, alva.member.id)
        assert known is not None
        await team.add(tx, 2, new, earlier, alva.member.id, world.clock.now())
        await tx.conn.execute(delete(roster))
        await admitted.admit(tx, admitted.Key(2, new), known, alva.member.id, world.clock.now())
        replayed = [dict(old), dict(old) | {"generation": 2}]
        await tx.conn.execute(insert(roster), replayed)
    assert await opened(elis) == {}
    assert await valid(alva) == {alva.member.id: True, elis.member.id: False}
    with pytest.raises(SealBroken):
        open_with(elis.key.pair, b"", 1)
