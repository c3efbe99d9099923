"""Codes for a telephone: few guesses and few texts, by whomever they are asked for."""

import asyncio
from datetime import timedelta

import pytest

from handlers.errors import BadInput
from handlers.house import House
from handlers.pagers import add_own_sms, ask_again, confirm
from handlers.way_codes import MOST_GUESSES
from storage import code_uses
from storage.code_uses import What
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
