"""`kill -9` of real processes while old texts are sealed and while a contact is deleted.

Texts arrive meanwhile. It goes on, nothing is lost, and nothing can be read afterwards that should
not be.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import select

from domain.conversation import Outcome
from domain.deletion import Stage
from domain.message import Author, Channel, InboundMessage
from handlers.close import close
from handlers.house import House
from handlers.receive import receive
from handlers.reseal import LASTS, reseal
from handlers.scripts import Scripts
from handlers.take import take
from storage import conversations, deletions, messages, resealing, tables
from storage.database import Tx
from storage.opening import open_database
from storage.resealing import SETTLES
from tests.edge import FORM, MESSAGE, form, sign
from tests.patience import PATIENCE
from tests.process import Machines, machines
from tests.team import Colleague, first
from tests.test_canary import WORD, dump, found_in, traces
from tests.test_kill import Load, accepted, phones
from tests.world import LINE, SECRET, Bell, World, sid

PEOPLE, EACH = 40, 60
"""So many texts of each that a process which is killed has not got through them."""

HERE = "+46701740697"


@asynccontextmanager
async def opened(made: Machines, scripts: Scripts) -> AsyncIterator[House]:
    """The line's database, as one more process has it."""
    file = f"sqlite+aiosqlite:///{made.folder}/data/utvag.sqlite3"
    url = made.settings.get("database_url", file)
    db = await open_database(url, SECRET, now())
    try:
        yield House(db, now, ZoneInfo("Europe/Stockholm"), scripts, Bell())
    finally:
        await db.close()


def now() -> datetime:
    return datetime.now(UTC)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    end = time.monotonic() + PATIENCE
    while not await holds():
        assert time.monotonic() < end, "it never came to hold"
        await asyncio.sleep(0.005)


def written(body: str, phone: str, at: datetime | None = None) -> InboundMessage:
    return InboundMessage(Channel.SMS, sid(), phone, LINE, body, at or now())


async def read_by(alva: Colleague, read: Callable[[Tx], Awaitable[list[str | None]]]) -> list[str]:
    """What somebody who was admitted reads; all of it opens."""
    async with (await alva.reads()).db.read() as tx:
        found = await read(tx)
    assert None not in found
    return [str(body) for body in found]


async def heard(tx: Tx) -> list[str | None]:
    m = tables.messages.c
    theirs = select(m.id).where(m.author == Author.CONTACT, m.redacted_at.is_(None))
    ids = (await tx.conn.execute(theirs)).scalars()
    return [text.body for text in (await messages.by_ids(tx, ids)).values()]


def lies_about(made: Machines) -> bytes:
    """All bytes that the database consists of."""
    url = made.settings.get("database_url")
    if url:
        return dump(url.replace("postgresql+asyncpg", "postgresql"))
    return b"".join(file.read_bytes() for file in (made.folder / "data").iterdir())


async def old_ciphertexts(house: House) -> list[bytes]:
    m = tables.messages.c
    async with house.db.read() as tx:
        kept = (
            await tx.conn.execute(select(m.body_sealed).where(m.body_sealed.is_not(None)))
        ).all()
    return [row[0][30:] for row in kept]


@pytest.mark.timeout(900)
async def test_killed_while_it_seals_an_old_database_it_goes_on(
    tmp_path: Path, scripts: Scripts, kept_at: str | None
) -> None:
    with machines(tmp_path, kept_at) as made:
        async with opened(made, scripts) as house:
            alva = await World.hired(house, "Alva")
            before = [f"{WORD} {n} {p[-3:]}" for n in range(EACH) for p in phones(10, PEOPLE)]
            texts = [written(body, f"+46701740{body[-3:]}") for body in before]
            for at in range(0, len(texts), 100):
                await receive(house, texts[at : at + 100])
            old = await old_ciphertexts(house)
            reader = await first(house, alva)
        middles = await sealed_by_processes_that_are_killed(
            made, scripts, load := Load(made.public)
        )
        assert middles, "each was killed too late to mean anything"
        async with opened(made, scripts) as house:
            await finished(house)
            here = replace(reader, house=house)
            found = Counter(await read_by(here, heard))
            assert (Counter(before) | load.acknowledged) <= found, "something was lost"
            assert set(found.values()) == {1}, "something was doubled"
            async with house.db.read() as tx:
                assert set((await resealing.left(tx)).values()) == {0}
        bytes_left = lies_about(made)
        assert not [one for one in old if one in bytes_left or one.hex().encode() in bytes_left]
        assert traces(bytes_left) == []


async def sealed_by_processes_that_are_killed(made: Machines, scripts: Scripts, load: Load) -> int:
    """Three of them, one after the other; how many were in the middle of it."""
    middles = 0
    async with opened(made, scripts) as house:

        async def left() -> int:
            async with house.db.read() as tx:
                return (await resealing.left(tx))["messages"]

        for turn in range(3):
            before, line = await left(), await asyncio.to_thread(made.serve)
            posting = asyncio.create_task(
                load.post([made.line_port], phones(50 + turn * 10, 8), [f"meanwhile {turn}"])
            )

            async def begun(before: int = before) -> bool:
                return await left() < before

            if before:
                await until(begun)
            line.popen.kill()  # at once
            await asyncio.to_thread(line.kill)
            await posting
            middles += 0 < await left() < before
            await leases_run_out(house)
    return middles


async def leases_run_out(house: House) -> None:
    """As if the time of every lease had passed while nothing ran."""
    async with house.db.write() as tx:
        leases = tables.metadata.tables["leases"]
        await tx.conn.execute(leases.update().values(until=now()))


async def finished(house: House) -> None:
    """The rest of it, by a process that nobody kills, in the time that it takes."""
    passed, holder = timedelta(), uuid4()
    later = replace(house, now=lambda: now() + passed)
    for _ in range(100):
        while await reseal(later, holder):
            pass
        async with house.db.read() as tx:
            if await resealing.done_at(tx):
                return
        passed += max(SETTLES / 4, LASTS)
    raise AssertionError("it never ends")


@pytest.mark.timeout(900)
async def test_killed_at_each_step_of_a_deletion_it_goes_on(
    tmp_path: Path, scripts: Scripts, kept_at: str | None
) -> None:
    with machines(tmp_path, kept_at) as made:
        provider = made.provider("--sent-after", "0.05", "--delivered-after", "0.1")
        async with opened(made, scripts) as house:
            reader = await first(house, await World.hired(house, "Alva"))
            talk = await closed(reader, f"{WORD} hej")
        load, stages = Load(made.public), set[Stage | None]()
        line = await asyncio.to_thread(made.serve)
        for body in ("RADERA", "RADERA JA"):
            await post(made, body)
        async with opened(made, scripts) as house:

            async def stage() -> Stage | None:
                async with house.db.read() as tx:
                    who = await conversations.by_id(tx, talk)
                    assert who is not None
                    found = await deletions.of_contact(tx, who.contact_id)
                return found.stage if found else None

            async def goes_on() -> bool:
                return await stage() not in stages

            while Stage.DONE not in stages:
                await until(goes_on)
                line.popen.kill()  # at once
                await asyncio.to_thread(line.kill)
                stages.add(await stage())
                line = await asyncio.to_thread(made.serve)
                await load.post([made.line_port], phones(50 + len(stages), 1), ["meanwhile"])
            await post(made, "once more")
            here = replace(reader, house=house)
            said = await read_by(here, heard)
            assert not [body for body in said if WORD in body or "RADERA" in body]
            assert "once more" in said
        assert len(stages) > 2, "it was not killed in between"
        await asyncio.to_thread(line.stop)
        told = [body for to, body in accepted(provider) if to == HERE and "168" in body]
        assert len(told) == 1
        assert accepted(provider)[HERE, told[0]] == 1
        assert traces(lies_about(made)) == []
        assert (
            found_in([process.log for process in made.processes if process.name == "utvag"]) == {}
        )


async def post(made: Machines, body: str) -> None:
    """The contact writes."""
    fields = form(body, HERE)
    signature = sign(made.public + MESSAGE, list(fields.items()))
    headers = {"X-Twilio-Signature": signature, "Content-Type": FORM}
    async with httpx.AsyncClient() as http:
        answer = await http.post(made.public + MESSAGE, data=fields, headers=headers)
    assert answer.status_code == 200


async def closed(reader: Colleague, body: str) -> UUID:
    """Somebody has written, and nothing of theirs is open any more."""
    house = await reader.reads()
    await receive(house, [written(body, HERE)])
    async with house.db.read() as tx:
        (talk,) = (await tx.conn.execute(select(tables.conversations.c.id))).scalars()
    await take(house, reader.member, talk)
    await close(house, reader.member, talk, Outcome.OTHER)
    return UUID(str(talk))
