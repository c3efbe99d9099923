"""What waits for somebody's old transaction names it: whose, how long, never what it asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from handlers.house import House
from handlers.let_go import VACUUM, let_go
from handlers.rekey import NAME as REKEYING
from handlers.rekey import rekey
from handlers.reseal import NAME as RESEALING
from handlers.reseal import reseal
from storage import compacting, generations, nights, rekeying, resealing, tables
from tests.aging import ME, a_night, after, decided, until_night, was_here
from tests.sealed import Sealed
from tests.test_keys_rotated import exchanged, rotated
from tests.test_resealing import lived
from tests.world import PHONE, World
from utvag import doctor_postgres
from utvag.doctor_postgres import examine_postgres
from utvag.finding import Verdict

SECRET = "070-174 06 99"
"""In the query of somebody's."""


@pytest.fixture(params=["postgresql"])
def database_url(postgres_database: str) -> str:
    return postgres_database


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compacting, "WAITS", 100)


@asynccontextmanager
async def somebody(house: House) -> AsyncIterator[int]:
    """An old transaction of a program that we do not know; its backend's pid."""
    engine = house.db.apart()
    try:
        async with engine.connect() as conn:
            apart = await conn.execution_options(isolation_level="REPEATABLE READ")
            await apart.execute(text("SET application_name = 'a report'"))
            await apart.commit()
            pid = await apart.scalar(text("SELECT pg_backend_pid()"))
            await apart.execute(select(tables.members.c.id, text(f"'{SECRET}'")))
            yield int(str(pid))
    finally:
        await engine.dispose()


async def told(house: House, name: str, pid: int) -> bool:
    """Nothing happens until they are done, and the log has been told once of this work."""
    with capture_logs() as logs:
        for _ in range(3):
            if name == RESEALING:
                await reseal(house, ME)
            elif name == REKEYING:
                await rekey(house, ME)
            else:
                assert not await let_go(house, ME)
    assert SECRET not in str(logs)
    waits = [one for one in logs if one["event"] == "waits_for_transaction"]
    return [(one["work"], one["pid"], one["application"]) for one in waits] == [
        (name, pid, "a report")
    ] and waits[0]["seconds"] >= 0


async def test_keys_that_were_replaced_wait_for_it(world: World) -> None:
    await lived(world)
    sealed = await Sealed.of(world)
    await rotated(world)
    async with somebody(world.house) as pid:
        while await rekey(sealed.house, ME):
            pass
        sealed.house.told_long.clear()
        assert await told(sealed.house, REKEYING, pid)
    await exchanged(sealed.house, world, ME)


async def left(house: House) -> str | None:
    async with house.db.read() as tx:
        return await resealing.unfinished(tx)


async def test_what_is_sealed_to_the_team_waits_for_it(world: World) -> None:
    await lived(world)
    sealed = await Sealed.of(world)
    async with somebody(world.house) as pid:
        for _ in range(100):
            while await reseal(sealed.house, ME):
                pass
            if await left(world.house) == resealing.COMPACTED:
                break
            world.clock.advance(minutes=1)
        sealed.house.told_long.clear()
        assert await told(sealed.house, RESEALING, pid)
        assert await left(world.house) == resealing.COMPACTED
    await reseal(sealed.house, ME)
    assert await left(world.house) is None


async def test_the_night_waits_for_it(world: World) -> None:
    await was_here(world, PHONE, "hej")
    await decided(world, conversations=90, notes=30)
    await a_night(world)
    await after(world, 91)
    await until_night(world)
    async with somebody(world.house) as pid:
        while await let_go(world.house, ME):
            pass
        world.house.told_long.clear()
        assert await told(world.house, VACUUM, pid)
        async with world.house.db.read() as tx:
            night = await nights.seen(tx)
        assert night is not None
        assert night.step == VACUUM
    assert await let_go(world.house, ME)


async def test_whoever_only_holds_the_table_of_keys_is_named_too(world: World) -> None:
    """Idle in a transaction that sees what is committed: no old row is kept for it, but the table
    cannot be written anew."""
    engine = world.house.db.apart()
    async with world.house.db.write() as tx:
        newest = generations.newest(await generations.every(tx), "text")
        await rekeying.note(tx, rekeying.KEYS, newest.number)
    try:
        async with engine.connect() as conn:
            await conn.execute(text("SET application_name = 'a report'"))
            await conn.commit()
            pid = int(str(await conn.scalar(text("SELECT pg_backend_pid()"))))
            await conn.execute(select(tables.keys.c.purpose))
            assert await told(world.house, REKEYING, pid)
    finally:
        await engine.dispose()
    assert await rekey(world.house, ME)


async def test_doctor_names_old_transactions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with somebody(world.house) as pid:
        assert await examine_postgres(world.house) == []
        monkeypatch.setattr(doctor_postgres, "LONG", timedelta())
        found = [one for one in await examine_postgres(world.house) if f"pid {pid} " in one.text]
        assert [one.verdict for one in found] == [Verdict.NOTE]
        assert "(a report), open for 0 min" in found[0].text
        assert SECRET not in found[0].text
        monkeypatch.setattr(doctor_postgres, "TOO_LONG", timedelta())
        found = [one for one in await examine_postgres(world.house) if f"pid {pid} " in one.text]
        assert [one.verdict for one in found] == [Verdict.FAIL]
