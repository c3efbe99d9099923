"""While the server's keys are replaced, one number stays one contact, whoever takes in the text."""

import asyncio
from asyncio import Lock
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.message import InboundMessage
from handlers.house import House
from handlers.receive import receive
from handlers.rekey import rekey
from handlers.rotas import Rotas
from handlers.rotate_keys import rotate_keys
from handlers.standing import Standings
from storage import receipts
from storage.known_keys import ASKS, SPREAD, KeysTooOld
from storage.opening import open_database
from tests.process import Machines, machines, utvag
from tests.test_keys_rotated import HERE, SETTLED, THERE, exchanged, there
from tests.world import PHONE, SECRET, World

NEW = [f"+467017406{n}" for n in range(20, 60)]


async def heard(house: House, world: World, phone: str, body: str = "hej") -> InboundMessage:
    message = world.message(body, phone)
    assert await receive(house, [message]) == 1
    return message


async def test_a_number_is_one_contact_at_every_moment_whichever_process_hears_it(
    world: World, twin: House
) -> None:
    phones = iter(NEW)
    seen = [PHONE]
    first = await heard(world.house, world, PHONE)
    await rotate_keys(world.house)
    for moment in range(16):
        one, other = (world.house, twin) if moment % 2 else (twin, world.house)
        seen.append(next(phones))
        for phone in (PHONE, seen[-1]):
            await heard(one, world, phone)
            again = await heard(other, world, phone, "mer")
            assert await receive(one, [again]) == 0, "the same text brought twice is one"
        assert await receive(other, [first]) == 0
        world.clock.advance(seconds=30)
        await rekey(one, HERE)
    await exchanged(twin, world, THERE)
    for phone in seen:
        await heard(twin, world, phone, "igen")
    assert await world.count("contacts") == await world.count("conversations") == len(seen)
    assert await world.count("contact_keys") == len(seen)


async def test_two_processes_between_whom_the_new_index_begins_add_no_number_twice(
    world: World, twin: House
) -> None:
    """One has asked just before it begins and writes by the old one still."""
    await rotate_keys(world.house)
    world.clock.advance(seconds=SPREAD.total_seconds() - 1)
    await heard(twin, world, PHONE)
    world.clock.advance(seconds=ASKS.total_seconds() - 1)
    for phone in NEW[:12]:
        pair = [receive(h, [world.message(b, phone)]) for h, b in ((world.house, "a"), (twin, "b"))]
        assert await asyncio.gather(*pair) == [1, 1]
        assert world.house.db.keys.newest("index") != twin.db.keys.newest("index")
    assert await world.count("contact_keys") == await world.count("contacts") == 13
    message = world.message("två gånger", PHONE)
    both = await asyncio.gather(*(receive(h, [message]) for h in (world.house, twin)))
    assert sorted(both) == [0, 1]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_was_begun_before_the_keys_and_ends_after_them_is_rolled_back(
    world: World, twin: House
) -> None:
    with pytest.raises(KeysTooOld):
        async with twin.db.write() as tx:
            now = world.clock.now()
            await receipts.take(tx, [receipts.receipt(tx, "sms", "held up")], now)
            await rotate_keys(world.house)
            world.clock.advance(seconds=SETTLED.total_seconds())
    async with twin.db.read() as tx:
        assert not await receipts.known(tx, [receipts.receipt(tx, "sms", "held up")])
    async with twin.db.write() as tx:
        world.clock.advance(minutes=5)
        await receipts.take(tx, [receipts.receipt(tx, "sms", "slow")], now)
    async with twin.db.read() as tx:
        slow = receipts.receipt(tx, "sms", "slow")
        assert await receipts.known(tx, [slow]), "nothing changed meanwhile"


@pytest.mark.parametrize("seconds", [-20, 20])
async def test_a_process_whose_clock_is_late_or_early_agrees_with_the_others(
    world: World, database_url: str, seconds: int
) -> None:
    """By less than they write one after the other for."""

    def skewed() -> datetime:
        return world.clock.now() + timedelta(seconds=seconds)

    db = await open_database(database_url, SECRET, skewed(), skewed)
    other = replace(world.house, db=db, rotas=Rotas(), standings=Standings(), naming=Lock())
    await rotate_keys(world.house)
    for phone in NEW[:15]:
        world.clock.advance(seconds=SETTLED.total_seconds() / 12)
        pair = [receive(h, [world.message("hej", phone)]) for h in (world.house, other)]
        assert await asyncio.gather(*pair) == [1, 1]
    assert await world.count("contacts") == 15
    await db.close()


async def test_of_two_rotations_at_once_there_is_one(world: World, twin: House) -> None:
    both = await asyncio.gather(*(rotate_keys(h) for h in (world.house, twin)))
    assert [one.generation for one in both] == [2, 2]
    assert sorted(one.before for one in both) == [False, True]
    assert await there(twin, "text") == [1, 2]


async def test_another_rotation_before_the_first_is_done_ends_at_the_newest(
    world: World, twin: House
) -> None:
    await world.text("hej")
    await rotate_keys(world.house)
    world.clock.advance(seconds=SETTLED.total_seconds())
    for _ in range(3):
        await rekey(world.house, HERE)
    await rotate_keys(twin)
    await rekey(world.house, HERE)
    world.clock.advance(seconds=SETTLED.total_seconds())
    await exchanged(twin, world, THERE)
    world.clock.advance(hours=13)
    await exchanged(twin, world, THERE)
    assert await there(twin, "text") == [3]
    assert await world.heard() == ["hej"]


@pytest.mark.timeout(600)
async def test_two_commands_at_the_same_moment_begin_one_rotation(
    tmp_path: Path, postgres_database: str
) -> None:
    with machines(tmp_path, database_url=postgres_database) as made:
        said = await asyncio.gather(*(asyncio.to_thread(_rotate, made) for _ in range(3)))
    assert sum("has just begun" in one for one in said) == 2
    assert all("eneration 2 seals from" in one for one in said)


def _rotate(made: Machines) -> str:
    done = utvag(made.settings, "keys", "rotate")
    assert done.returncode == 0, done.stderr
    return done.stdout
