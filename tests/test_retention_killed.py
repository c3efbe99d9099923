"""Processes that let go of the same are killed again and again: each batch is done once."""

import asyncio
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from domain.retention import USUAL, Kept
from handlers.house import House
from handlers.let_go import let_go
from handlers.scripts import Scripts
from storage import audit, nights, retention_tables
from tests.aging import foreseen, rows, was_here
from tests.clock import Clock
from tests.patience import PATIENCE
from tests.world import SECRET, World, house_on
from utvag.clock import utc_now

MANY = 30
AGO = timedelta(days=USUAL[Kept.CONVERSATIONS] + 30)

LETS_GO = """
import asyncio, sys
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo
from handlers import let_go
from handlers.house import House
from handlers.scripts import Scripts
from storage import nights
from storage.opening import open_database
from tests.world import Bell
from utvag.clock import utc_now

let_go.AT_ONCE, let_go.ROWS, let_go.LASTS = 3, 7, timedelta(seconds=1)

async def main(url, secret, zone):
    db = await open_database(url, secret, utc_now())
    house = House(db, utc_now, ZoneInfo(zone), Scripts(), Bell())
    print("ready", flush=True)
    while True:
        done = await let_go.let_go(house, uuid4())
        print("did" if done else "idle", flush=True)
        async with db.read() as tx:
            night = await nights.seen(tx)
        if night is not None and night.due_at > utc_now():
            break
        if not done:
            await asyncio.sleep(0.02)
    await db.close()

asyncio.run(main(*sys.argv[1:]))
"""

ROOT = Path(__file__).parent.parent


def _far_from_night() -> str:
    """A zone in which no night falls while this runs: it would be counted anew."""
    return "Etc/GMT-12" if utc_now().hour in range(4) else "Etc/UTC"


async def _killed_after(url: str, zone: str, lines: int) -> bool:
    """Whether it came to the end of the night before."""
    asked = ("-c", LETS_GO, url, SECRET, zone)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *asked, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        while lines:
            line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
            if not line:
                assert await process.wait() == 0
                return True
            lines -= line == b"did\n"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return False


@pytest.fixture
async def old(database_url: str, scripts: Scripts) -> World:
    """A line that was busy long ago."""
    clock = Clock()
    clock.advance(seconds=(utc_now() - AGO - clock.now()).total_seconds())
    async with house_on(database_url, clock, scripts) as house:
        world = await World.made(house, clock)
        for number in range(MANY):
            await was_here(world, f"+467017406{10 + number}", note="ring")
        async with house.db.write() as tx:
            await nights.begin(tx, utc_now() - timedelta(hours=1))
    return world


@pytest.mark.timeout(600)
async def test_killed_again_and_again_everything_goes_once(
    old: World, database_url: str, scripts: Scripts
) -> None:
    clock = Clock()
    clock.advance(seconds=(utc_now() - clock.now()).total_seconds())
    async with house_on(database_url, clock, scripts) as house:
        world = World(house, clock, old.counsellor)
        expected = {kept: n for kept, n in (await foreseen(house)).items() if n}
        zone, lines, ended = _far_from_night(), 1, False
        while not ended:
            both = await asyncio.gather(
                *(_killed_after(database_url, zone, lines + more) for more in range(2))
            )
            lines, ended = lines + 3, any(both)
        assert expected[Kept.CONVERSATIONS] == MANY
        await _all_went_once(house, world, expected)


async def _all_went_once(house: House, world: World, expected: dict[Kept, int]) -> None:
    async with house.db.read() as tx:
        night = await nights.seen(tx)
        assert night is not None
        assert {Kept(name): n for name, n in night.removed.items() if n} == expected
        assert isinstance(await audit.verify(tx), audit.Head)
        told = Counter([one.detail async for one in audit.entries(tx) if one.act == "retention"])
    assert told == Counter(f"{kept}:{n}" for kept, n in expected.items())
    assert await rows(world, "notes") == []
    assert {row.body_sealed for row in await rows(world, "messages")} == {None}
    assert await rows(world, "contact_keys") == []
    gone = Counter((e.conversation_id, e.kind) for e in await rows(world, "events"))
    for kind in ("words_gone", "notes_gone", "number_gone"):
        assert [n for (_, each), n in gone.items() if each == kind] == [1] * MANY
    asked = await rows(world, "provider_copies")
    assert len(asked) == MANY


async def test_two_processes_at_once_do_each_batch_once(world: World, twin: House) -> None:
    for number in range(6):
        await was_here(world, f"+467017406{10 + number}", note="ring")
    async with world.house.db.write() as tx:
        await nights.begin(tx, world.clock.now())
    world.clock.advance(seconds=400 * 86400)
    expected = {kept: n for kept, n in (await foreseen(world.house)).items() if n}

    async def works(house: House) -> None:
        for _ in range(60):
            await let_go(house, world.counsellor.id)
            await asyncio.sleep(0)

    await asyncio.gather(works(world.house), works(twin))
    async with world.house.db.read() as tx:
        night = await nights.seen(tx)
    assert night is not None
    assert night.due_at > world.clock.now()
    assert {Kept(name): n for name, n in night.removed.items() if n} == expected


async def test_a_night_that_was_set_by_a_clock_that_was_ahead_comes_in_time(world: World) -> None:
    await let_go(world.house, world.counsellor.id)
    async with world.house.db.write() as tx:
        ahead = world.clock.now() + timedelta(days=900)
        await tx.conn.execute(update(retention_tables.retention_nights).values(due_at=ahead))
    await let_go(world.house, world.counsellor.id)
    async with world.house.db.read() as tx:
        night = await nights.seen(tx)
    assert night is not None
    assert night.due_at - world.clock.now() <= timedelta(hours=25)
