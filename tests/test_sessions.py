"""A session ends after twelve hours, at sign-out and, at once, with the account."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from domain.member import Role
from handlers.house import House
from handlers.invite import revoke
from handlers.sign_in import (
    end_sessions,
    new_session,
    sign_out,
    sweep_sessions,
    use_session,
    whose_session,
)
from storage import key_tables, sessions
from tests.sessions import lasting, member_of
from tests.team import first, hired, signed_in
from tests.world import World


async def _kept(house: House) -> int:
    async with house.db.read() as tx:
        return int(await tx.conn.scalar(select(func.count()).select_from(key_tables.sessions)) or 0)


async def test_a_session_ends_twelve_hours_after_it_began(world: World) -> None:
    token = await lasting(world.house, world.counsellor)
    world.clock.advance(hours=11, minutes=59)
    assert await member_of(world.house, token) == world.counsellor
    world.clock.advance(minutes=1)
    assert await member_of(world.house, token) is None


async def test_signing_out_ends_this_session_and_no_other(world: World) -> None:
    here = await lasting(world.house, world.counsellor)
    there = await lasting(world.house, world.counsellor)
    await sign_out(world.house, here)
    await sign_out(world.house, here)
    assert await member_of(world.house, here) is None
    assert await member_of(world.house, there) == world.counsellor


async def test_revoking_ends_every_session_of_theirs_at_once_and_nobody_elses(
    world: World,
) -> None:
    elis = await world.hired(world.house, "Elis")
    hers = [await lasting(world.house, world.counsellor) for _ in range(3)]
    his = await lasting(world.house, elis)
    await revoke(world.house, "ALVA")
    assert [await member_of(world.house, token) for token in hers] == [None] * 3
    assert await member_of(world.house, his) == elis


async def test_a_session_begun_while_the_account_was_revoked_is_worth_nothing(
    world: World,
) -> None:
    await revoke(world.house, "Alva")
    assert await member_of(world.house, await lasting(world.house, world.counsellor)) is None


@pytest.mark.parametrize("token", ["", "abc", "å", "x" * 5000])
async def test_a_made_up_token_is_nobodys(world: World, token: str) -> None:
    assert await member_of(world.house, token) is None


async def test_the_token_itself_is_not_kept(world: World) -> None:
    token = await lasting(world.house, world.counsellor)
    async with world.house.db.read() as tx:
        rows = (await tx.conn.execute(select(key_tables.sessions))).all()
    assert len(rows) == 1
    assert token.encode() not in rows[0].token_hash
    assert token not in repr(rows)


async def test_sweeping_forgets_what_has_ended_and_only_that(world: World) -> None:
    await lasting(world.house, world.counsellor)
    world.clock.advance(hours=6)
    token = await lasting(world.house, world.counsellor)
    world.clock.advance(hours=6)
    await sweep_sessions(world.house)
    assert await _kept(world.house) == 1
    assert await member_of(world.house, token) == world.counsellor


async def _used(house: House, token: str) -> None:
    held = await whose_session(house, token)
    assert held is not None
    await use_session(house, token, held)


async def test_a_session_that_nobody_uses_locks_after_ten_minutes_and_its_row_is_gone(
    world: World,
) -> None:
    async with world.house.db.write() as tx:
        token = await new_session(world.house, tx, world.counsellor)
    world.clock.advance(minutes=9, seconds=59)
    assert await end_sessions(world.house) == 0
    assert await member_of(world.house, token) == world.counsellor
    world.clock.advance(seconds=1)
    assert await member_of(world.house, token) is None
    assert await end_sessions(world.house) == 1
    assert await _kept(world.house) == 0


async def test_a_session_that_is_used_stays_open_until_its_twelve_hours_are_over(
    world: World,
) -> None:
    async with world.house.db.write() as tx:
        token = await new_session(world.house, tx, world.counsellor)
    for _ in range(79):
        world.clock.advance(minutes=9)
        await _used(world.house, token)
    world.clock.advance(minutes=8, seconds=59)
    assert await member_of(world.house, token) == world.counsellor
    world.clock.advance(seconds=1)
    assert await member_of(world.house, token) is None


async def test_a_use_that_is_told_late_never_makes_a_session_lock_earlier(world: World) -> None:
    async with world.house.db.write() as tx:
        token = await new_session(world.house, tx, world.counsellor)
    before = await whose_session(world.house, token)
    assert before is not None
    earlier = world.clock.now()
    world.clock.advance(minutes=5)
    await _used(world.house, token)
    async with world.house.db.write() as tx:
        await sessions.use(tx, token, earlier, before.locks_at)
    after = await whose_session(world.house, token)
    assert after is not None
    assert after.locks_at == before.locks_at + timedelta(minutes=5)


async def test_what_comes_too_late_does_not_open_a_locked_session_again(world: World) -> None:
    async with world.house.db.write() as tx:
        token = await new_session(world.house, tx, world.counsellor)
    held = await whose_session(world.house, token)
    assert held is not None
    world.clock.advance(minutes=10)
    await use_session(world.house, token, held)
    assert await member_of(world.house, token) is None


async def test_a_session_that_was_written_over_to_be_somebody_elses_is_nobodys(
    world: World,
) -> None:
    """By whoever has a connection to the database, and a cookie of their own."""
    alva = await first(world.house, world.counsellor)
    chief = await hired(world.house, "Cia", Role.COORDINATOR)
    plain = await world.hired(world.house, "Dan", Role.COORDINATOR)
    for whose, emptied in ((chief.member, False), (chief.member, True), (plain, False)):
        token = await signed_in(alva)
        gone: dict[str, object] = {"key_sealed": None, "generation": None} if emptied else {}
        async with world.house.db.write() as tx:
            found = key_tables.sessions.c.member_id == alva.member.id
            over = update(key_tables.sessions).where(found).values(member_id=whose.id, **gone)
            assert (await tx.conn.execute(over)).rowcount == 1
        assert await member_of(world.house, token) is None


async def test_an_old_cookie_does_not_last_longer_because_somebody_wrote_so_into_the_database(
    world: World,
) -> None:
    """By whoever has a connection to the database, and the cookie of a browser that was left."""
    alva = await first(world.house, world.counsellor)
    for moved in ({"locks_at": 600}, {"ends_at": 600}, {"locks_at": 600, "ends_at": 600}):
        async with world.house.db.write() as tx:
            token = await new_session(world.house, tx, alva.member, alva.key)
            found = key_tables.sessions.c.token_hash == tx.keys.index("session", token)
            later = {n: world.clock.now() + timedelta(hours=hours) for n, hours in moved.items()}
            over = update(key_tables.sessions).where(found).values(later)
            assert (await tx.conn.execute(over)).rowcount == 1
        assert await member_of(world.house, token) is None
        async with world.house.db.write() as tx:
            assert await sessions.holding(tx, [token], world.clock.now()) == set()
            await sessions.use(tx, token, world.clock.now(), world.clock.now() + timedelta(days=99))
        assert await member_of(world.house, token) is None


async def test_the_row_of_a_session_that_was_locked_is_worth_nothing_when_it_is_put_back(
    world: World,
) -> None:
    alva = await first(world.house, world.counsellor)
    async with world.house.db.write() as tx:
        token = await new_session(world.house, tx, alva.member, alva.key)
        (row,) = (await tx.conn.execute(select(key_tables.sessions))).mappings().all()
    world.clock.advance(minutes=10)
    assert await end_sessions(world.house) == 1
    async with world.house.db.write() as tx:
        await tx.conn.execute(insert(key_tables.sessions).values(dict(row)))
    assert await member_of(world.house, token) is None


async def test_a_session_of_somebody_without_a_pair_is_bound_to_them_too(world: World) -> None:
    """An administrator who has not signed in since there were pairs."""
    chief = await world.hired(world.house, "Cia", Role.COORDINATOR)
    token = await lasting(world.house, world.counsellor)
    async with world.house.db.write() as tx:
        await tx.conn.execute(update(key_tables.sessions).values(member_id=chief.id))
    assert await member_of(world.house, token) is None
