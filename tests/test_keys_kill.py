"""`kill -9` throughout a rotation of the server's keys, while texts arrive; real processes."""

import asyncio
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from domain.message import Channel
from handlers.house import House
from handlers.receive import receive
from handlers.scripts import Scripts
from storage import channel_tables, generations, rekeying, tables
from storage.encryption import generation_of, index_generation
from storage.known_keys import IN_TURN, SPREAD
from storage.pair_tables import contact_keys
from storage.rekeyed import KINDS
from tests.ports import free_port
from tests.process import Machines, machines
from tests.test_kill import Load, kept, killed_in_the_middle, opened, phones
from tests.test_kill_sealed import opened as house_of
from tests.test_kill_sealed import until, written

PATIENCE = 300.0
"""Seconds; the work of a minute, on a machine that others keep busy."""

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


@pytest.mark.timeout(900)
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
        assert load.refused > 0, "the plug was pulled too late to mean anything"
        await _comes_to_its_end(made, load, [port])


@pytest.mark.timeout(900)
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
        assert load.refused > 0, "the plug was pulled too late to mean anything"
        await _comes_to_its_end(made, load, ports[:1])


CHATS = 1200
"""So many that their numbers are not indexed anew in one step."""


@pytest.mark.timeout(900)
async def test_killed_while_numbers_are_indexed_anew_each_still_finds_its_contact(
    tmp_path: Path, scripts: Scripts, kept_at: str | None
) -> None:
    with machines(tmp_path, kept_at) as made:
        made.provider()
        load, port = Load(made.public), made.line_port
        async with house_of(made, scripts) as house:
            known = [written(f"före {phone[-3:]}", phone) for phone in phones(10, 80)]
            chats = [replace(known[0], channel=Channel.TELEGRAM, to="") for _ in range(CHATS)]
            chats = [
                replace(one, sender=str(n), provider_id=str(n), body=f"chatt {n}")
                for n, one in enumerate(chats)
            ]
            texts = [*known[:40], *chats, *known[40:]]
            for at in range(0, len(texts), 100):
                await receive(house, texts[at : at + 100])
            made.utvag("keys", "rotate")
            await older(made, SPREAD + IN_TURN + timedelta(seconds=5))
            middles = 0
            for turn in range(3):
                before, line = await indexed_anew(house), made.serve()
                said = load.post([port], phones(10 + 30 * turn, 20), [f"medan {turn}"])
                posting = asyncio.create_task(said)
                await until(partial(more_than, house, before))
                line.popen.kill()  # at once
                await asyncio.to_thread(line.kill)
                await posting
                middles += before < await indexed_anew(house) < CHATS + 80
                await followed(made)
        assert middles, "the plug was pulled too late to mean anything"
        made.serve()
        await _comes_to_its_end(made, load, [port])


async def indexed_anew(house: House) -> int:
    """How many numbers are found by the new key."""
    async with house.db.read() as tx:
        found = (await tx.conn.execute(select(contact_keys.c.address_index))).scalars()
        return sum(index_generation(index) == 2 for index in found if index)


async def more_than(house: House, before: int) -> bool:
    found = await indexed_anew(house)
    return before < found or found >= CHATS + 80


async def _comes_to_its_end(made: Machines, load: Load, ports: list[int]) -> None:
    end = time.monotonic() + PATIENCE
    while not await is_done(made):
        assert time.monotonic() < end, "the rotation never came to its end"
        await followed(made)
        await asyncio.sleep(0.5)
    assert await lies_under(made) == {2}
    before = await kept(made)
    await load.post(ports, phones(10, 80), ["efter"])
    found = await kept(made)
    assert (found.contacts, found.conversations) == (before.contacts, before.contacts)
    assert found.contacts == len(found.people), "a number became two contacts"
    assert {body: found.texts[body] for body in load.acknowledged} == dict(load.acknowledged)
    assert set(found.texts.values()) == {1}
