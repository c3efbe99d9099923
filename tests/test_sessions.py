"""A session ends after twelve hours, at sign-out and, at once, with the account."""

import pytest
from sqlalchemy import func, select

from domain.member import Member
from handlers.house import House
from handlers.invite import revoke
from handlers.sign_in import new_session, sign_out, sweep_sessions, whose_session
from storage import tables
from tests.world import World


async def _session(house: House, member: Member) -> str:
    async with house.db.write() as tx:
        return await new_session(house, tx, member)


async def _kept(house: House) -> int:
    async with house.db.read() as tx:
        return int(await tx.conn.scalar(select(func.count()).select_from(tables.sessions)) or 0)


async def test_a_session_ends_twelve_hours_after_it_began(world: World) -> None:
    token = await _session(world.house, world.counsellor)
    world.clock.advance(hours=11, minutes=59)
    assert await whose_session(world.house, token) == world.counsellor
    world.clock.advance(minutes=1)
    assert await whose_session(world.house, token) is None


async def test_signing_out_ends_this_session_and_no_other(world: World) -> None:
    here = await _session(world.house, world.counsellor)
    there = await _session(world.house, world.counsellor)
    await sign_out(world.house, here)
    await sign_out(world.house, here)
    assert await whose_session(world.house, here) is None
    assert await whose_session(world.house, there) == world.counsellor


async def test_revoking_ends_every_session_of_theirs_at_once_and_nobody_elses(
    world: World,
) -> None:
    elis = await world.hired(world.house, "Elis")
    hers = [await _session(world.house, world.counsellor) for _ in range(3)]
    his = await _session(world.house, elis)
    await revoke(world.house, "ALVA")
    assert [await whose_session(world.house, token) for token in hers] == [None] * 3
    assert await whose_session(world.house, his) == elis


async def test_a_session_begun_while_the_account_was_revoked_is_worth_nothing(
    world: World,
) -> None:
    await revoke(world.house, "Alva")
    assert await whose_session(world.house, await _session(world.house, world.counsellor)) is None


@pytest.mark.parametrize("token", ["", "abc", "å", "x" * 5000])
async def test_a_made_up_token_is_nobodys(world: World, token: str) -> None:
    assert await whose_session(world.house, token) is None


async def test_the_token_itself_is_not_kept(world: World) -> None:
    token = await _session(world.house, world.counsellor)
    async with world.house.db.read() as tx:
        rows = (await tx.conn.execute(select(tables.sessions))).all()
    assert len(rows) == 1
    assert token.encode() not in rows[0].token_hash
    assert token not in repr(rows)


async def test_sweeping_forgets_what_has_ended_and_only_that(world: World) -> None:
    await _session(world.house, world.counsellor)
    world.clock.advance(hours=6)
    token = await _session(world.house, world.counsellor)
    world.clock.advance(hours=6)
    await sweep_sessions(world.house)
    assert await _kept(world.house) == 1
    assert await whose_session(world.house, token) == world.counsellor
