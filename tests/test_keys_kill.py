"""`kill -9` throughout a rotation of the server's keys, while texts arrive; real processes."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from storage import channel_tables, generations, rekeying, tables
from storage.encryption import generation_of, index_generation
from storage.known_keys import IN_TURN, SPREAD
from storage.rekeyed import KINDS
from tests.process import Machines, free_port, machines
from tests.test_kill import Load, kept, killed_in_the_middle, opened, phones

KNOWN = 6.0
"""Seconds in which every process that works hears of what was done to the keys."""


async def older(made: Machines, by: timedelta) -> None:
    """As if the new keys had been made so much earlier."""
    db, k = await opened(made), tables.keys.c
    async with db.write() as tx:
        rows = await tx.conn.execute(select(k.id, k.made_at).where(k.generation == 2))
        for row in rows.all():
            again = update(tables.keys).where(k.id == row.id)
            await tx.conn.execute(again.values(made_at=row.made_at - by))
    await db.close()


async def followed(made: Machines) -> None:
    """As if the two minutes of a lease had passed."""
    db, leases = await opened(made), channel_tables.leases
    async with db.write() as tx:
        await tx.conn.execute(update(leases).values(until=datetime.now(UTC)))
    await db.close()


async def lies_under(made: Machines) -> set[int]:
    """Under which generations anything lies that can be exchanged, and is found."""
    db, found = await opened(made), set()
    async with db.read() as tx:
        for kind in KINDS:
            for one in kind.under:
                values = (await tx.conn.execute(select(one.column))).scalars()
                number = index_generation if one.purpose == "index" else generation_of
                found |= {number(value) for value in values if value is not None}
    await db.close()
    return found


async def is_done(made: Machines) -> bool:
    db = await opened(made)
    async with db.read() as tx:
        newest = generations.newest(await generations.every(tx), "text")
        done = await rekeying.unfinished(tx, newest.number) is None
    await db.close()
    return done


async def rotation(made: Machines, load: Load, serving: list[int]) -> None:
    """It begins, and comes to the point at which everything is exchanged, with texts arriving."""
    made.utvag("keys", "rotate")
    numbers = phones(20, 70)
    for n, by in enumerate((SPREAD - IN_TURN, IN_TURN, IN_TURN)):
        posted = load.post(serving, numbers[20 * n : 20 * n + 30], [f"medan {n}"])
        await asyncio.gather(posted, asyncio.sleep(KNOWN))
        await older(made, by + timedelta(seconds=5))
        await asyncio.sleep(KNOWN)


@pytest.mark.timeout(300)
async def test_a_line_killed_throughout_loses_nothing_and_finds_everybody(tmp_path: Path) -> None:
    dice = random.Random(5)
    with machines(tmp_path) as made:
        made.provider()
        load, port = Load(made.public), made.line_port
        line = made.serve()
        await load.post([port], phones(10, 60), ["före", "och mer"])
        await rotation(made, load, [port])
        await asyncio.to_thread(line.kill)
        half = []
        for turn in range(4):
            line = made.serve()
            if turn % 2:
                some = phones(10 + 10 * turn, 20)
                await killed_in_the_middle(load, line, [port], some, [f"under {turn}"])
            else:
                await asyncio.sleep(dice.random() / 4)
                await asyncio.to_thread(line.kill)
            half.append(not await is_done(made))
            await followed(made)
        assert half[0], "the plug was pulled too late to mean anything"
        line = made.serve()
        await _comes_to_its_end(made, load, [port])


@pytest.mark.timeout(300)
async def test_of_two_processes_on_postgresql_the_one_that_lives_finishes_it(
    tmp_path: Path, postgres_database: str
) -> None:
    with machines(tmp_path, postgres_database) as made:
        made.provider()
        load, second = Load(made.public), free_port()
        ports = [made.line_port, second]
        victim, survivor = made.serve(), made.serve(second)
        await load.post(ports, phones(10, 60), ["före", "och mer"])
        await rotation(made, load, ports)
        for turn in range(2):
            await killed_in_the_middle(load, victim, ports, phones(10, 40), [f"under {turn}"])
            await followed(made)
            victim = made.serve()
        await asyncio.to_thread(survivor.kill)
        await followed(made)
        await asyncio.to_thread(victim.kill)
        made.serve()
        await _comes_to_its_end(made, load, ports[:1])


async def _comes_to_its_end(made: Machines, load: Load, ports: list[int]) -> None:
    for _ in range(120):
        if await is_done(made):
            break
        await followed(made)
        await asyncio.sleep(0.5)
    assert await lies_under(made) == {2}
    before = await kept(made)
    await load.post(ports, phones(10, 80), ["efter"])
    found = await kept(made)
    assert (found.contacts, found.conversations) == (before.contacts, before.contacts)
    assert found.contacts == len(found.people), "a number became two contacts"
    assert load.refused > 0, "the plug was pulled too late to mean anything"
    assert {body: found.texts[body] for body in load.acknowledged} == dict(load.acknowledged)
    assert set(found.texts.values()) == {1}
