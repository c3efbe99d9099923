"""Codes for a telephone: few guesses and few texts, by whomever they are asked for."""

import asyncio
from datetime import timedelta

import pytest

from handlers.errors import BadInput, NotFound
from handlers.house import House
from handlers.pagers import MOST_TO_ONE, add_own_sms, ask_again, confirm
from handlers.way_codes import MOST_GUESSES, sweep_codes
from storage import code_uses, ways
from storage.code_uses import What
from tests.branches import branches
from tests.test_own_ways import ALVAS, OTHER, added, own, tower
from tests.tower import Tower
from tests.world import World

__all__ = ["tower"]


async def test_a_code_cannot_be_guessed(tower: Tower) -> None:
    world = tower.world
    way_id = await added(tower)
    right = tower.code()
    for guess in range(MOST_GUESSES):
        with pytest.raises(BadInput, match="wrong_one"):
            await confirm(world.house, world.counsellor, way_id, f"{guess:04}")
    with pytest.raises(BadInput, match="guessed_out"):
        await confirm(world.house, world.counsellor, way_id, right)
    assert (await own(world))[0].way.verified_at is None


async def test_guesses_that_come_at_once_are_all_counted(tower: Tower, twin: House) -> None:
    world = tower.world
    way_id = await added(tower)
    houses = (world.house, twin) * MOST_GUESSES
    tried = await asyncio.gather(
        *(confirm(house, world.counsellor, way_id, "0000") for house in houses),
        return_exceptions=True,
    )
    assert all(isinstance(one, BadInput) for one in tried)
    hour = world.clock.now() - timedelta(hours=1)
    async with world.house.db.read() as tx:
        counted = await code_uses.count(tx, world.counsellor.id, What.GUESSED, hour)
    assert counted == MOST_GUESSES


async def test_another_code_gives_no_more_guesses_for_an_hour(tower: Tower) -> None:
    world = tower.world
    way_id = await added(tower)
    for guess in range(3):
        with pytest.raises(BadInput, match="wrong_one"):
            await confirm(world.house, world.counsellor, way_id, f"{guess:04}")
    world.clock.advance(minutes=1)
    await ask_again(world.house, world.counsellor, way_id)
    other = await added(tower, OTHER)
    for way in (way_id, other):
        with pytest.raises(BadInput, match="wrong_one"):
            await confirm(world.house, world.counsellor, way, "0000")
    for way in (way_id, other):
        with pytest.raises(BadInput, match="guessed_out"):
            await confirm(world.house, world.counsellor, way, tower.code())
    world.clock.advance(minutes=61)
    await ask_again(world.house, world.counsellor, other)
    await tower.tick()
    await confirm(world.house, world.counsellor, other, tower.code())
    assert [o.way.works for o in await own(world)] == [False, True]


async def test_guesses_by_text_from_a_number_count_too(tower: Tower) -> None:
    """Whoever can forge the sender of a text guesses no more often than on the page."""
    world = tower.world
    way_id = await added(tower)
    right = tower.code()
    for guess in range(MOST_GUESSES):
        await tower.answer(ALVAS, f"{guess:04}")
    await tower.answer(ALVAS, right)
    assert (await own(world))[0].way.verified_at is None
    with pytest.raises(BadInput, match="guessed_out"):
        await confirm(world.house, world.counsellor, way_id, right)


async def test_codes_are_sent_a_few_times_a_day_by_whoever_and_to_whomever(tower: Tower) -> None:
    world = tower.world
    bo = await World.hired(world.house, "Bo")
    for _ in range(2):
        for member in (bo, world.counsellor):
            await add_own_sms(world.house, member, ALVAS)
            world.clock.advance(minutes=61)
    with pytest.raises(BadInput, match="too_many_there"):
        await add_own_sms(world.house, bo, ALVAS)
    for each in range(8):
        await add_own_sms(world.house, bo, f"+467017406{60 + each // 3}")
        world.clock.advance(minutes=31)
    with pytest.raises(BadInput, match="too_many_today"):
        await add_own_sms(world.house, bo, "+46701740669")
    world.clock.advance(hours=24)
    await add_own_sms(world.house, bo, ALVAS)


async def test_two_who_ask_at_the_same_instant_do_not_pass_a_numbers_limit(
    tower: Tower, database_url: str
) -> None:
    world = tower.world
    bo, caro = [await World.hired(world.house, name) for name in ("Bo", "Caro")]
    async with branches(world.house, database_url, 2) as (one, two):
        for number in (f"+467017406{60 + each}" for each in range(4)):
            world.clock.advance(hours=25)
            now, since = world.clock.now(), world.clock.now() - timedelta(hours=1)
            async with world.house.db.write() as tx:
                for _ in range(MOST_TO_ONE - 1):
                    await code_uses.add(tx, caro.id, What.ASKED, now, number)
                alva = world.counsellor.id
                way_id = await ways.add(tx, alva, ways.SMS, number, now, verified=False)
            assert way_id is not None
            asked = await asyncio.gather(
                ask_again(one, world.counsellor, way_id),
                add_own_sms(two, bo, number),
                return_exceptions=True,
            )
            assert [so for so in asked if so is None] == [None]
            assert all(so is None or isinstance(so, BadInput | NotFound) for so in asked), asked
            async with world.house.db.read() as tx:
                assert await code_uses.sent_to(tx, number, since) == MOST_TO_ONE


async def test_while_one_counts_another_waits_for_the_same_number_and_no_other(
    tower: Tower, twin: House
) -> None:
    world = tower.world
    bo = await World.hired(world.house, "Bo")
    async with world.house.db.write() as tx:
        if not tx.postgres:
            return  # one writer at a time there
        await code_uses.queue_up(tx, ALVAS)
        await add_own_sms(twin, bo, OTHER)
        waiting = asyncio.create_task(add_own_sms(twin, bo, ALVAS))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.3)
    await waiting


async def test_what_limits_nothing_any_more_is_swept(tower: Tower) -> None:
    world = tower.world
    await added(tower)
    world.clock.advance(hours=20)
    await added(tower, OTHER)
    await sweep_codes(world.house)
    assert await world.count("code_uses") == 2
    world.clock.advance(hours=5)
    await sweep_codes(world.house)
    assert await world.count("code_uses") == 1
