"""What the staff pages show, against one plain SELECT of the same rows.

    .venv/bin/python -m benchmarks.desk [--conversations 1000] [--messages 500] [--texts 18000]
        [--rounds 15]

An SQLite database of its own; the queue with so many open conversations, a thread with so many
messages, and a search for a word that stands in none of so many texts. The plain SELECT fetches the
same rows through the same connection and opens none of their seals. Numbers are from the series set
aside for fiction.
"""

import argparse
import asyncio
import secrets
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, product
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from domain.conversation import State
from domain.member import Member, Role
from domain.message import Author, Channel, InboundMessage
from handlers.add_line import add_line
from handlers.find import ask, find
from handlers.house import House
from handlers.invite import invite
from handlers.receive import receive
from handlers.scripts import Scripts
from handlers.see_conversation import see_conversation
from handlers.see_queue import see_queue
from handlers.step_triage import step_triage
from storage import members, messages, tables
from storage.ids import new_id
from storage.messages import Message
from storage.opening import open_database
from storage.schema import migrate

LINE = "+46701740605"
AREAS = range(201, 290)
"""North American area codes; 555-0100 to 555-0199 are set aside for fiction in each."""


class Nobody:
    """Wakes nobody: nothing is sent."""

    def triage(self, at: datetime) -> None:
        """Nothing."""

    def outbox(self) -> None:
        """Nothing."""

    def pages(self) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Figure:
    """Milliseconds, the medians of all rounds."""

    name: str
    page: float
    plain: float


def clock() -> datetime:
    """The time of day: a benchmark may read it."""
    return datetime.now(UTC)


async def opened(folder: str) -> House:
    """An empty line."""
    url = f"sqlite+aiosqlite:///{folder}/desk.sqlite3"
    await migrate(url)
    scripts, db = Scripts(), await open_database(url, secrets.token_hex(32), clock())
    async with db.write() as tx:
        await scripts.keep(tx, clock())
    house = House(db, clock, ZoneInfo("Europe/Stockholm"), scripts, Nobody())
    await add_line(house, LINE, "Card", ("sv", "en"), "exit")
    return house


async def filled(house: House, conversations: int, messages: int) -> tuple[Member, UUID]:
    """A counsellor, and the conversation with the long thread."""
    await invite(house, "Alva", Role.COUNSELLOR)
    numbers = [f"+1{a}55501{n:02d}" for a, n in islice(product(AREAS, range(100)), conversations)]
    await _write(house, [(number, "hej") for number in numbers])
    await _write(house, [(numbers[0], f"text {n}") for n in range(messages - 1)])
    while await step_triage(house):
        pass
    async with house.db.read() as tx:
        entry = await members.by_name(tx, "Alva")
        m = tables.messages.c
        found = await tx.conn.scalar(select(m.conversation_id).order_by(m.id.desc()))
    if entry is None or found is None:
        raise SystemExit("the database was not filled")
    return entry.member, found


async def _write(house: House, texts: list[tuple[str, str]]) -> None:
    for start in range(0, len(texts), 64):
        await receive(
            house,
            [
                InboundMessage(Channel.SMS, secrets.token_hex(17), sender, LINE, body, clock())
                for sender, body in texts[start : start + 64]
            ],
        )


def open_rows() -> Select[tuple[object, ...]]:
    """The rows that the queue shows."""
    c, p = tables.conversations, tables.contacts
    return select(c, p).join_from(c, p, p.c.id == c.c.contact_id).where(c.c.state != State.CLOSED)


def thread_rows(conversation: UUID) -> Select[tuple[object, ...]]:
    """The rows of a thread."""
    m, o = tables.messages, tables.outbox
    return (
        select(m, o)
        .join_from(m, o, o.c.message_id == m.c.id, isouter=True)
        .where(m.c.conversation_id == conversation)
        .order_by(m.c.id)
    )


async def said(house: House, talk: UUID, texts: int) -> None:
    """So many more texts, as long as people's are."""
    body = "jag vet inte hur jag ska göra, de ringer hela tiden och vill att jag kommer"
    for start in range(0, texts, 1000):
        async with house.db.write() as tx:
            now = clock()
            rows = [
                Message(new_id(now), talk, Author.CONTACT, now, f"{body} {n}")
                for n in range(start, min(start + 1000, texts))
            ]
            await messages.add(tx, rows)


def searched_rows() -> Select[tuple[object, ...]]:
    """The rows that a search looks through."""
    m = tables.messages.c
    return (
        select(tables.messages)
        .where(m.author != Author.MACHINE, m.body_sealed.is_not(None))
        .order_by(m.id.desc())
    )


async def measured(
    house: House,
    name: str,
    rounds: int,
    page: Callable[[], Awaitable[object]],
    query: Select[tuple[object, ...]],
) -> Figure:
    """Page and plain SELECT in turn, so that both meet the same weather."""

    async def plain() -> None:
        async with house.db.read() as tx:
            (await tx.conn.execute(query)).all()

    taken: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * (rounds + 1)):
        began = time.perf_counter()
        await (page() if turn % 2 else plain())
        taken[bool(turn % 2)].append((time.perf_counter() - began) * 1000)
    return Figure(name, *(statistics.median(taken[of][1:]) for of in (True, False)))


async def run(conversations: int, thread: int, texts: int, rounds: int) -> list[Figure]:
    """Fill a database and measure the pages."""
    with tempfile.TemporaryDirectory() as folder:
        house = await opened(folder)
        try:
            alva, talk = await filled(house, conversations, thread)
            figures = [
                await measured(
                    house,
                    f"queue, {conversations} conversations",
                    rounds,
                    lambda: see_queue(house, alva),
                    open_rows(),
                ),
                await measured(
                    house,
                    f"thread, {thread} messages",
                    rounds,
                    lambda: see_conversation(house, alva, talk, opening=False),
                    thread_rows(talk),
                ),
            ]
            await said(house, talk, texts)
            search = await ask(house, alva, "ingenstans")
            return [
                *figures,
                await measured(
                    house,
                    f"find, {texts} texts",
                    rounds,
                    lambda: find(house, alva, search),
                    searched_rows(),
                ),
            ]
        finally:
            await house.db.close()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--conversations", type=int, default=1000)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--texts", type=int, default=18_000)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    print("| page | its values, ms | plain SELECT, ms | ratio |")
    print("|---|---|---|---|")
    for figure in asyncio.run(run(asked.conversations, asked.messages, asked.texts, asked.rounds)):
        ratio = figure.page / figure.plain
        print(f"| {figure.name} | {figure.page:.1f} | {figure.plain:.1f} | {ratio:.1f} |")


if __name__ == "__main__":
    main()
