"""Open pages and a stream of texts: is every text shown on every page, and how soon?

    .venv/bin/python -m benchmarks.live [--pages 200] [--looking 20] [--rate 20] [--seconds 15]

A line on SQLite in a process of its own; so many pages listen, ten of each counsellor, while signed
texts come in at a steady rate from contacts who have a counsellor. Those that look fetch the list
whenever they are told of something, as a browser does: at once, then no sooner than 0.7 s after the
last time. The others stand for hidden windows, which only count.

The whole way of a text: it is posted, committed and acknowledged; the word of it wakes the page;
the page fetches the list; the list that holds the text is there. A page has heard of a text when it
was told of an event number as high as the one that stood in the database when the webhook was
answered, and shows it when it has received a list with such a number. Delays run from before the
webhook was posted, so that they hold the commit too; the word's stands also from the
acknowledgement on, which leaves right after the commit (0 where the page was told before it). A
page has missed a text that it was never told of or, if it looks, has never shown, and a
conversation that it was never told to look at.

Beside the milliseconds stands the ratio of the medians: of the word, to the acknowledgement; of a
fetch, to one of the same list in the same run while no text comes in; of what is shown, to an
acknowledgement and such a fetch, than which it cannot be less.

Memory is the line's resident set when it has just started; then, after a short round that is not
counted and tells what the first use of anything costs, before the pages come, while all listen,
after the texts, and when all have gone.
"""

import argparse
import asyncio
import secrets
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from benchmarks.desk import Nobody
from benchmarks.load import request
from benchmarks.open_page import Moments, OpenPage, delays, percentile
from benchmarks.processes import free_port, running
from benchmarks.serving import ACCOUNT, BEGUN, LINE, PATH, SECRET, TOKEN, environment_of, utvag
from domain.member import Role
from domain.message import Channel, InboundMessage
from handlers.house import House
from handlers.invite import invite
from handlers.receive import receive
from handlers.scripts import Scripts
from handlers.see_queue import see_queue
from handlers.sign_in import new_session
from handlers.take import take
from storage import lines, members
from storage.opening import open_database

OF_EACH = 10
"""Pages of one counsellor."""

LEAST = 20
"""Counsellors, so that each has two of the conversations."""

CONTACTS = [f"+120155501{number:02d}" for number in range(40)]
"""From the series set aside for fiction."""

SETTLES = 60.0
"""Seconds in which the last text is shown on every page, or is missed."""


ALONE = 40
"""Fetches of the list while no text comes in."""


@dataclass(frozen=True)
class Result:
    """What came of it; all delays in milliseconds."""

    pages: int
    texts: int
    stored: list[float]
    """Until a text was acknowledged, one a text."""
    words: list[float]
    """Until a page was told, one a page and text."""
    heard: list[float]
    """The same from the acknowledgement on: the text was committed a moment before it."""
    alone: list[float]
    """A fetch of the list while no text comes in."""
    fetches: list[float]
    """A fetch while they do."""
    shown: list[float]
    """Until the list that holds it was at the page, one a page that looks and text."""
    missed: int
    """Texts never heard of or never shown and conversations never named, over all pages."""
    memory: list[float]
    """Megabytes: just started, before, listening, after the texts, when all have gone."""

    def rows(self) -> list[tuple[str, list[float], float]]:
        """What the table shows: its name, the delays, and the median in ratio to what."""
        stored, alone = (percentile(values, 0.5) for values in (self.stored, self.alone))
        return [
            ("stored and acknowledged", self.stored, stored),
            ("the word is at the page", self.words, stored),
            ("the word, from the acknowledgement on", self.heard, stored),
            ("the list, fetched while no text comes", self.alone, alone),
            ("the list, fetched while they come", self.fetches, alone),
            ("the list that shows it is at the page", self.shown, stored + alone),
        ]


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
        async with db.write() as tx:
            for line in await lines.every(tx):
                await lines.set_most_each(tx, line.id, len(texts))
        for index, row in enumerate((await see_queue(house, hired[0])).waiting):
            await take(house, hired[index % len(hired)], row.id)
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


@dataclass(frozen=True)
class Written:
    """Texts that were posted: the number with each one's beginning and acknowledgement, and how
    long it took."""

    texts: Moments
    acknowledged: Moments
    stored: list[float]


async def write(port: int, public: str, database: Path, rate: float, seconds: float) -> Written:
    """Texts at this rate, one after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    written, due = Written([], [], []), time.perf_counter()
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
        acknowledged = time.perf_counter()
        number = newest(database)
        written.stored.append((acknowledged - began) * 1000)
        written.texts.append((number, began))
        written.acknowledged.append((number, acknowledged))
    writer.close()
    return written


async def round_of(
    port: int, public: str, database: Path, tokens: list[str], asked: argparse.Namespace, pid: int
) -> Result:
    """All pages come, texts are written, and all pages go."""
    since, memory = newest(database), [resident(pid)]
    pages = [
        OpenPage(port, tokens[index % len(tokens)], looks=index < asked.looking)
        for index in range(asked.pages)
    ]
    tasks = [asyncio.create_task(page.live()) for page in pages]
    await all_have(pages, since)
    memory.append(resident(pid))
    alone = await pages[0].alone(ALONE)
    written = await write(port, public, database, asked.rate, asked.seconds)
    await all_have(pages, newest(database))
    memory.append(resident(pid))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(3)
    memory.append(resident(pid))
    words = [delays(written.texts, page.heard) for page in pages]
    heard = [delays(written.acknowledged, page.heard) for page in pages]
    shown = [delays(written.texts, page.shown) for page in pages if page.looks]
    talks = happened_to(database, since)
    missed = sum(len(written.texts) - len(found) for found in words + shown)
    missed += sum(len(talks - page.named) for page in pages if not page.asked_for_all)
    return Result(
        pages=asked.pages,
        texts=len(written.texts),
        stored=written.stored,
        words=[delay for found in words for delay in found],
        heard=[max(delay, 0.0) for found in heard for delay in found],
        alone=alone,
        fetches=[taken for page in pages for taken in page.fetches],
        shown=[delay for found in shown for delay in found],
        missed=missed,
        memory=memory,
    )


async def all_have(pages: list[OpenPage], number: int) -> None:
    """Wait until every page has all up to this event, or for as long as it may take."""
    until = time.perf_counter() + SETTLES
    while not all(page.has(number) for page in pages):
        if time.perf_counter() > until:
            return
        await asyncio.sleep(0.05)


async def run(asked: argparse.Namespace) -> Result:
    """A line of its own, two rounds."""
    port = free_port()
    public = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "utvag.sqlite3"
        environment = environment_of(folder, public, provider=free_port())
        for words in BEGUN:
            utvag(environment, *words)
        tokens = await prepared(database, max(-(-asked.pages // OF_EACH), LEAST))
        serve = ["utvag", "serve", "--port", str(port)]
        with running(serve, f"{public}/readyz", environment) as line:
            fresh = resident(line.pid)
            short = argparse.Namespace(**vars(asked) | {"seconds": 2.0})
            await round_of(port, public, database, tokens, short, line.pid)
            found = await round_of(port, public, database, tokens, asked, line.pid)
        return replace(found, memory=[fresh, *found.memory])


def main() -> None:
    """Print the tables; exit 1 when anything was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--looking", type=int, default=20)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=15)
    asked = parser.parse_args()
    result = asyncio.run(run(asked))
    print(f"{result.pages} pages, {asked.looking} of them looking, {result.texts} texts, ", end="")
    print(f"{result.missed} missed\n")
    print("| a text is | p50 ms | p99 ms | slowest ms | ratio |")
    print("|---|---|---|---|---|")
    for name, values, least in result.rows():
        spread = " | ".join(f"{percentile(values, share):.0f}" for share in (0.5, 0.99, 1))
        print(f"| {name} | {spread} | {percentile(values, 0.5) / least:.1f} |")
    print("\n| MB just started | before | listening | after the texts | all gone |")
    print("|---|---|---|---|---|")
    print("| " + " | ".join(f"{value:.1f}" for value in result.memory) + " |")
    if result.missed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
