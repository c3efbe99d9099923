"""Acknowledged means stored, sent means once: `kill -9` in the middle of a load, several times."""

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select, update

from domain.message import Author
from handlers import shipped
from storage import contacts, messages, tables
from storage.database import Database
from storage.opening import open_database
from tests.edge import FORM, MESSAGE, form, sign
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process import Machines, Process, get, machines
from triage import engine

AT_ONCE = 8
SOME = 9
EXIT = shipped.script("exit")
FIRST_WORDS = {
    engine.text(EXIT, name, each) for name in ("greet", "p1_alone") for each in ("sv", "en")
}


@dataclass
class Load:
    """Signed texts from many phones, and which of them were acknowledged."""

    public: str
    acknowledged: Counter[str] = field(default_factory=Counter)
    """Bodies; each body is one text."""
    refused: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when some of a load is acknowledged and the rest is on its way."""

    async def post(self, ports: list[int], phones: list[str], texts: list[str]) -> None:
        """Each phone writes its texts one after the other; many phones at once."""
        gate = asyncio.Semaphore(AT_ONCE)
        async with httpx.AsyncClient() as http:

            async def write(place: int, phone: str) -> None:
                for text in texts:
                    async with gate:
                        port = ports[place % len(ports)]
                        await self._one(http, port, phone, f"{text} {phone[-3:]}")

            await asyncio.gather(*(write(n, phone) for n, phone in enumerate(phones)))

    async def _one(self, http: httpx.AsyncClient, port: int, phone: str, body: str) -> None:
        fields = form(body, phone)
        signature = sign(self.public + MESSAGE, list(fields.items()))
        headers = {"X-Twilio-Signature": signature, "Content-Type": FORM}
        try:
            answer = await http.post(
                f"http://127.0.0.1:{port}{MESSAGE}", data=fields, headers=headers
            )
        except httpx.HTTPError:
            self.refused += 1
            return
        if answer.status_code == 200:
            self.acknowledged[body] += 1
            if self.acknowledged.total() % SOME == 0:
                self.enough.set()
        else:
            self.refused += 1


def phones(first: int, many: int) -> list[str]:
    """From the series set aside for fiction; 605 is the line itself."""
    return [f"+467017406{number:02d}" for number in range(first, first + many)]


async def killed_in_the_middle(load: Load, victim: Process, ports: list[int], *what: Any) -> None:
    """Begin a load and pull the plug once part of it is acknowledged."""
    load.enough.clear()
    posting = asyncio.create_task(load.post(ports, *what))
    await asyncio.wait_for(load.enough.wait(), PATIENCE)
    victim.popen.kill()  # before anything else is acknowledged
    await asyncio.to_thread(victim.kill)
    await posting


def control(provider: Process, path: str) -> Any:
    return json.loads(get(provider.address + path)[1])


def accepted(provider: Process) -> Counter[tuple[str, str]]:
    """What the provider took from us, per phone and text."""
    told = control(provider, "/control/messages?direction=outbound&limit=5000")
    return Counter((m["to"], m["body"]) for m in told["messages"])


@dataclass(frozen=True)
class Kept:
    """What lies in the database."""

    texts: Counter[str]
    people: set[str]
    contacts: int
    conversations: int
    under_way: int
    """Rows of the outbox of which it is not known yet what became of them."""


async def opened(made: Machines) -> Database:
    file = f"sqlite+aiosqlite:///{made.folder}/data/utvag.sqlite3"
    url, secret = made.settings.get("database_url", file), made.settings["secret_key"]
    return await open_database(url, secret, datetime.now(UTC))


async def kept(made: Machines) -> Kept:
    db = await opened(made)
    try:
        async with db.read() as tx:
            m, o = tables.messages.c, tables.outbox.c
            theirs = (
                await tx.conn.execute(select(m.id).where(m.author == Author.CONTACT))
            ).scalars()
            texts = await messages.by_ids(tx, theirs)
            ids = list((await tx.conn.execute(select(tables.contacts.c.id))).scalars())
            talks = list((await tx.conn.execute(select(tables.conversations.c.id))).scalars())
            people = await contacts.addresses(tx, ids)
            waiting = list((await tx.conn.execute(select(o.id).where(o.pending))).scalars())
        bodies = Counter(str(text.body) for text in texts.values())
        numbers = {address.theirs for address in people.values()}
        return Kept(bodies, numbers, len(ids), len(talks), len(waiting))
    finally:
        await db.close()


async def leases_run_out(made: Machines) -> int:
    """As if the twenty seconds of every lease had passed while nothing ran; how many there were."""
    db, o = await opened(made), tables.outbox
    try:
        async with db.write() as tx:
            late = update(o).where(o.c.state == "leased").values(leased_until=datetime.now(UTC))
            return (await tx.conn.execute(late)).rowcount
    finally:
        await db.close()


async def slowly(provider: Process, seconds: float) -> None:
    """Each send is accepted at once, answered late and told by no callback.

    So whoever dies meanwhile cannot know. 0 seconds: everything works again.
    """
    slow = {"slow": {"seconds": seconds, "accept_first": True}, "no-callbacks": True}
    async with httpx.AsyncClient() as http:
        told = await http.put(f"{provider.address}/control/faults", json=slow if seconds else {})
        assert told.is_success


async def under_way(load: Load, provider: Process, port: int, phone: str) -> None:
    """Somebody in danger is answered at once: wait until that letter hangs at the provider."""
    await load.post([port], [phone], ["dom ska döda mig"])
    until = time.monotonic() + PATIENCE
    while all(to != phone for to, _ in accepted(provider)):
        assert time.monotonic() < until, "the provider never got the letter"
        await asyncio.sleep(0.05)


async def text_while_down(provider: Process, phone: str, body: str) -> None:
    """Twilio holds it; the line hears nothing of it."""
    async with httpx.AsyncClient() as http:
        told = {"from": phone, "body": body, "repeat": 0}
        answer = await http.post(f"{provider.address}/control/text", json=told)
        assert answer.status_code == 202


async def all_told(made: Machines, provider: Process) -> Kept:
    """Wait until every contact was answered and nothing is under way."""
    until = time.monotonic() + PATIENCE
    while True:
        found = await kept(made)
        greeted = {to for to, body in accepted(provider) if body in FIRST_WORDS}
        if (not found.under_way and greeted >= found.people) or time.monotonic() > until:
            return found
        await asyncio.sleep(0.5)


def nothing_lost_nothing_doubled(load: Load, found: Kept, sent: Counter[tuple[str, str]]) -> None:
    assert load.refused > 0, "the plug was pulled too late to mean anything"
    assert {body: found.texts[body] for body in load.acknowledged} == dict(load.acknowledged)
    assert set(found.texts.values()) == {1}
    assert found.contacts == found.conversations == len(found.people)
    assert found.under_way == 0
    assert set(sent.values()) == {1}
    greeted = Counter(to for to, body in sent if body in FIRST_WORDS)
    assert greeted == Counter(found.people)


async def test_a_line_killed_again_and_again_loses_nothing_and_sends_nothing_twice(
    tmp_path: Path,
) -> None:
    with machines(tmp_path) as made:
        provider = made.provider("--sent-after", "0.05", "--delivered-after", "0.1")
        load = Load(made.public)
        for turn in range(3):
            await slowly(provider, 7)  # below the sender's own eight
            line = made.serve()
            first, *some = phones(10 + 20 * turn, 20)
            texts = [f"hej {turn}", f"hallå {turn}"]
            await under_way(load, provider, made.line_port, first)
            await killed_in_the_middle(load, line, [made.line_port], some, texts)
            await text_while_down(provider, some[0], f"nobody heard {turn}")
            assert await leases_run_out(made), "no letter was under way when the plug was pulled"
        await slowly(provider, 0)
        made.serve()
        found = await all_told(made, provider)
        nothing_lost_nothing_doubled(load, found, accepted(provider))
        assert all(found.texts[f"nobody heard {turn}"] == 1 for turn in range(3))


async def test_of_two_processes_on_postgresql_the_one_that_lives_finishes_the_others_work(
    tmp_path: Path, postgres_database: str
) -> None:
    with machines(tmp_path, postgres_database) as made:
        provider = made.provider("--sent-after", "0.05", "--delivered-after", "0.1")
        second = free_port()
        victim, _survivor = made.serve(), made.serve(second)
        load = Load(made.public)
        ports = [made.line_port, second]
        await killed_in_the_middle(load, victim, ports, phones(10, 40), ["hej", "hallå"])
        found = await all_told(made, provider)
        nothing_lost_nothing_doubled(load, found, accepted(provider))
