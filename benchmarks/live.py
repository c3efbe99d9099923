"""Open pages and a stream of texts: does every page hear of every one, and how soon?

    .venv/bin/python -m benchmarks.live [--pages 200] [--rate 20] [--seconds 15]

A line on SQLite in a process of its own; so many pages listen, ten of each counsellor, while signed
texts come in at a steady rate from contacts who have a counsellor. A page has heard of a text when
it was told of an event number as high as the one that stood in the database when the webhook was
answered. The delay runs from before the webhook was posted, so that it holds the commit too; it is
never less than the time from the commit to the page. A page has missed a conversation when it was
never told to look at it. Memory is the line's resident set when it has just started; then, after a
short round that is not counted and tells what the first use of anything costs, before the pages
come, while all listen, after the texts, and when all have gone.
"""

import argparse
import asyncio
import json
import secrets
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from benchmarks.desk import Nobody
from benchmarks.ingest import ACCOUNT, LINE, PATH, TOKEN, utvag
from benchmarks.load import request
from benchmarks.processes import free_port, running
from domain.member import Role
from domain.message import Channel, InboundMessage
from handlers.house import House
from handlers.invite import invite
from handlers.receive import receive
from handlers.scripts import Scripts
from handlers.see_queue import see_queue
from handlers.sign_in import new_session
from handlers.take import take
from storage import members
from storage.opening import open_database

SECRET = "a secret of forty characters, for tests."
OF_EACH = 10
"""Pages of one counsellor."""

CONTACTS = [f"+120155501{number:02d}" for number in range(40)]
"""From the series set aside for fiction."""

SETTLES = 20.0
"""Seconds in which the last text reaches every page, or is missed."""


@dataclass
class Page:
    """One open page: when it was told of which number, and which conversations were named."""

    heard: list[tuple[int, float]] = field(default_factory=list)
    named: set[UUID] = field(default_factory=set)
    asked_for_all: bool = False

    async def listen(self, port: int, token: str) -> None:
        """Until it is cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        try:
            cookie = f"Cookie: utvag_session={token}"
            writer.write(f"GET /live HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n\r\n".encode())
            while line := await reader.readline():
                if line.startswith(b'data: {"to"'):
                    self._take(json.loads(line[6:]))
        finally:
            writer.close()

    def _take(self, word: dict[str, object]) -> None:
        if word["talks"] is None:
            self.asked_for_all = bool(self.heard)
        elif isinstance(word["talks"], list):
            self.named |= {UUID(talk) for talk in word["talks"]}
        self.heard.append((int(str(word["to"])), time.perf_counter()))

    def delays(self, texts: list[tuple[int, float]]) -> list[float]:
        """Milliseconds for each text; those never heard of are left out."""
        found, at = [], 0
        for number, began in texts:
            while at < len(self.heard) and self.heard[at][0] < number:
                at += 1
            if at < len(self.heard):
                found.append((self.heard[at][1] - began) * 1000)
        return found


@dataclass(frozen=True)
class Result:
    """What came of it."""

    pages: int
    texts: int
    delays: list[float]
    """Milliseconds, one a page and text."""
    missed: int
    """Texts never heard of and conversations never named, over all pages."""
    memory: list[float]
    """Megabytes: just started, before, listening, after the texts, when all have gone."""

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.delays)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def clock() -> datetime:
    """The time of day: a benchmark may read it."""
    return datetime.now(UTC)


async def prepared(database: Path, counsellors: int) -> list[str]:
    """Every contact has written and has a counsellor; a session of each counsellor."""
    db = await open_database(f"sqlite+aiosqlite:///{database}", SECRET, clock())
    scripts = Scripts()
    async with db.write() as tx:
        await scripts.keep(tx, clock())
    house = House(db, clock, ZoneInfo("Europe/Stockholm"), scripts, Nobody())
    try:
        tokens, hired = [], []
        for number in range(counsellors):
            link = await invite(house, f"Counsellor {number}", Role.COUNSELLOR)
            async with db.write() as tx:
                await members.join(tx, tx.keys.index("invitation", link), b"none", clock())
                entry = await members.by_name(tx, f"Counsellor {number}")
                if entry is None:
                    raise SystemExit("nobody was hired")
                hired.append(entry.member)
                tokens.append(await new_session(house, tx, entry.member))
        texts = [
            InboundMessage(Channel.SMS, secrets.token_hex(17), contact, LINE, "hej", clock())
            for contact in CONTACTS
        ]
        await receive(house, texts)
        for row in (await see_queue(house, hired[0])).waiting:
            await take(house, hired[0], row.id)
        return tokens
    finally:
        await db.close()


def text(public: str, contact: str) -> bytes:
    """A signed webhook with a text of this contact's."""
    own = {"MessageSid": f"SM{secrets.token_hex(16)}", "AccountSid": ACCOUNT, "From": contact}
    return request(public, PATH, TOKEN, own | {"To": LINE, "Body": "hej", "NumMedia": "0"})


def newest(database: Path) -> int:
    """The number of the last event."""
    with closing(sqlite3.connect(database, timeout=5)) as connection:
        return int(connection.execute("SELECT max(number) FROM events").fetchone()[0])


def happened_to(database: Path, since: int) -> set[UUID]:
    """Which conversations something happened to since then."""
    with closing(sqlite3.connect(database, timeout=5)) as connection:
        query = "SELECT DISTINCT conversation_id FROM events WHERE number > ?"
        return {UUID(row[0]) for row in connection.execute(query, (since,))}


def resident(pid: int) -> float:
    """Megabytes of a process."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True)
    return int(told.stdout) / 1024


async def write(
    port: int, public: str, database: Path, rate: float, seconds: float
) -> list[tuple[int, float]]:
    """Texts at this rate, one after the other; the number and the beginning of each."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    texts, due = [], time.perf_counter()
    for index in range(int(rate * seconds)):
        posted = text(public, CONTACTS[index % len(CONTACTS)])
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        due += 1 / rate
        began = time.perf_counter()
        writer.write(posted)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head[head.index(b"content-length:") + 15 :].split(b"\r\n")[0]
        await reader.readexactly(int(length))
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise SystemExit("a text was refused")
        texts.append((newest(database), began))
    writer.close()
    return texts


async def round_of(
    port: int, public: str, database: Path, tokens: list[str], asked: argparse.Namespace, pid: int
) -> Result:
    """All pages come, texts are written, and all pages go."""
    since, memory = newest(database), [resident(pid)]
    pages = [Page() for _ in range(asked.pages)]
    tasks = [
        asyncio.create_task(page.listen(port, tokens[index % len(tokens)]))
        for index, page in enumerate(pages)
    ]
    while not all(page.heard for page in pages):  # noqa: ASYNC110 - two hundred tasks, one look
        await asyncio.sleep(0.05)
    memory.append(resident(pid))
    texts = await write(port, public, database, asked.rate, asked.seconds)
    last, until = newest(database), time.perf_counter() + SETTLES
    while time.perf_counter() < until:
        if all(page.heard[-1][0] >= last for page in pages):
            break
        await asyncio.sleep(0.1)
    memory.append(resident(pid))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(3)
    memory.append(resident(pid))
    talks = happened_to(database, since)
    delays = [page.delays(texts) for page in pages]
    missed = sum(len(texts) - len(found) for found in delays)
    missed += sum(len(talks - page.named) for page in pages if not page.asked_for_all)
    flat = [delay for found in delays for delay in found]
    return Result(asked.pages, len(texts), flat, missed, memory)


async def run(asked: argparse.Namespace) -> Result:
    """A line of its own, two rounds."""
    port = free_port()
    public = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "utvag.sqlite3"
        environment = {
            "UTVAG_DATA_DIR": folder,
            "UTVAG_PUBLIC_URL": public,
            "UTVAG_SECRET_KEY": SECRET,
            "UTVAG_TWILIO_ACCOUNT_SID": ACCOUNT,
            "UTVAG_TWILIO_AUTH_TOKEN": TOKEN,
            "UTVAG_TWILIO_API_URL": f"http://127.0.0.1:{free_port()}",
        }
        for words in (["migrate"], ["line", "add", LINE, "--name", "Benchmark"]):
            utvag(environment, *words)
        tokens = await prepared(database, -(-asked.pages // OF_EACH))
        serve = ["utvag", "serve", "--port", str(port)]
        with running(serve, f"{public}/readyz", environment) as line:
            fresh = resident(line.pid)
            short = argparse.Namespace(pages=asked.pages, rate=asked.rate, seconds=2.0)
            await round_of(port, public, database, tokens, short, line.pid)
            found = await round_of(port, public, database, tokens, asked, line.pid)
        return replace(found, memory=[fresh, *found.memory])


def main() -> None:
    """Print the tables; exit 1 when anything was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=15)
    result = asyncio.run(run(parser.parse_args()))
    print("| pages | texts | missed | p50 ms | p99 ms | slowest ms |")
    print("|---|---|---|---|---|---|")
    spread = " | ".join(f"{result.percentile(share):.0f}" for share in (0.5, 0.99, 1))
    print(f"| {result.pages} | {result.texts} | {result.missed} | {spread} |\n")
    print("| MB just started | before | listening | after the texts | all gone |")
    print("|---|---|---|---|---|")
    print("| " + " | ".join(f"{value:.1f}" for value in result.memory) + " |")
    if result.missed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
