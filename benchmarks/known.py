"""Known contacts' texts through the whole line, with a team of readers and without one.

    .venv/bin/python -m benchmarks.ingest --sealing [--messages 2000] [--rounds 5]

With a team they are sealed to their contacts' pairs, without one they lie under the server's key.
In each round both lines serve at once. Contacts write to each for the first time; once they have
their question they answer it, `SLICE` of them to one line, then as many to the other, in turn which
is first, so that whatever slows the machine slows both. Counted is what the processor does for the
serving process, which others on the machine lengthen little. A slice is taken in before the machine
says anything to it (it waits 1.5 s), and what it says waits at the provider's door until all of it
is written: so the stages are told apart.
"""

import argparse
import asyncio
import contextlib
import statistics
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4
from zoneinfo import ZoneInfo

from benchmarks.desk import Nobody, clock
from benchmarks.load import post
from benchmarks.processes import free_port, spent
from benchmarks.sealing import joined, reading
from benchmarks.serving import SECRET, Serving, delivered, line_open, slow, texts, written
from handlers.house import House
from handlers.reseal import reseal
from handlers.scripts import Scripts
from storage import resealing
from storage.opening import open_database

SLICE = 400
"""Texts that one line is sent at a time."""

DOOR = 3.0
"""Seconds that a text waits at the provider's door: few have left before all are written."""

SAID = 2
"""What the machine says to one who has answered that it is safe to write."""


class Cost(NamedTuple):
    """Of a text of a known contact: microseconds of the processor until …"""

    taken_in: float
    """… it is acknowledged."""
    answered: float
    """… what the machine says to it is in the outbox."""
    delivered: float
    """… that has left, and the provider has said that it has arrived."""


async def staffed(database: Path, *, sealed: bool) -> None:
    """Somebody has joined and, where texts are to be `sealed`, has made the team."""
    url = f"sqlite+aiosqlite:///{database}"
    db = await open_database(url, SECRET, clock())
    try:
        house = House(db, clock, ZoneInfo("Europe/Stockholm"), Scripts(), Nobody())
        member = await joined(house)
        if sealed:
            await reading(house, member)
            await settled(house)
    finally:
        await db.close()


async def settled(house: House) -> None:
    """The team was made hours ago: nothing is left of the work that comes once after that."""
    minutes = (clock() - timedelta(hours=3) + n * timedelta(minutes=1) for n in count())
    then, process = replace(house, now=lambda: next(minutes)), uuid4()
    while True:
        async with house.db.read() as tx:
            if await resealing.unfinished(tx) is None:
                return
        await reseal(then, process)


@contextlib.contextmanager
def known(messages: int, connections: int, *, sealed: bool) -> Iterator[Serving]:
    """A line to which so many contacts have written."""
    port = free_port()

    def prepare(database: Path) -> None:
        asyncio.run(staffed(database, sealed=sealed))

    with line_open(port, f"http://localhost:{port}", prepare) as serving:
        asyncio.run(post(port, texts(serving.public, messages), connections))
        delivered(serving.database, messages)
        yield serving


def answer(serving: Serving, prepared: list[bytes], said: int, connections: int) -> Cost:
    """Send these. Once they are through, the machine has said so many texts on this line."""
    slow(serving.provider, DOOR)
    stages = [spent(serving.process)]
    outcome = asyncio.run(post(serving.port, prepared, connections))
    if outcome.statuses[200] != len(prepared):
        raise SystemExit("not all were taken in")
    stages.append(spent(serving.process))
    written(serving.database, said)
    stages.append(spent(serving.process))
    slow(serving.provider, 0)
    delivered(serving.database, said)
    stages.append(spent(serving.process))
    return Cost(*((until - stages[0]) * 1e6 / len(prepared) for until in stages[1:]))


def a_round(messages: int, connections: int, *, sealed_first: bool) -> dict[bool, Cost]:
    """Both lines: what a text costs with a team (True) and without one."""
    costs: dict[bool, list[Cost]] = {True: [], False: []}
    with (
        known(messages, connections, sealed=False) as plain,
        known(messages, connections, sealed=True) as own,
    ):
        lines = {False: plain, True: own}
        answers = {of: texts(line.public, messages, "1", "SN") for of, line in lines.items()}
        for number, start in enumerate(range(0, messages, SLICE)):
            first = sealed_first != bool(number % 2)
            until = min(start + SLICE, messages)
            for of in (first, not first):
                part, said = answers[of][start:until], messages + SAID * until
                costs[of].append(answer(lines[of], part, said, connections))
    return {of: Cost(*map(statistics.mean, zip(*each, strict=True))) for of, each in costs.items()}


def compare(told: argparse.Namespace) -> None:
    """Print a row a round, then the medians of the ratios: throughput sealed to throughput not."""
    print("| round | taken in, µs | sealed | ratio ", end="")
    print("| answer in the outbox, µs | sealed | ratio | answer delivered, µs | sealed | ratio |")
    print("|---" * 10 + "|")
    ratios: list[list[float]] = []
    for number in range(told.rounds):
        costs = a_round(told.messages, told.connections, sealed_first=bool(number % 2))
        stages = list(zip(costs[False], costs[True], strict=True))
        ratios.append([before / after for before, after in stages])
        cells = (
            f"{b:.0f} | {a:.0f} | {r:.2f}" for (b, a), r in zip(stages, ratios[-1], strict=True)
        )
        print(f"| {number + 1} | " + " | ".join(cells) + " |", flush=True)
    medians = (statistics.median(each) for each in zip(*ratios, strict=True))
    print("\nMedian ratios: " + ", ".join(f"{median:.2f}" for median in medians))
