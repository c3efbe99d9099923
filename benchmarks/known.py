"""Known contacts' texts through the whole line, with a team of readers and without one.

    .venv/bin/python -m benchmarks.ingest --sealing [--messages 2000] [--rounds 5]

With a team they are sealed to their contacts' pairs, without one they lie under the server's key.
Both lines in the same round, in turn which is first; on each, contacts write for the first time,
and once they have their questions all answer at once: that is measured.
"""

import argparse
import asyncio
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.desk import Nobody, clock
from benchmarks.load import post
from benchmarks.sealing import joined, reading
from benchmarks.serving import SECRET, greeted, line_open, texts, written
from handlers.house import House
from handlers.scripts import Scripts
from storage.opening import open_database


@dataclass(frozen=True)
class Speed:
    """Texts of known contacts a second."""

    acknowledged: float
    answered: float
    """Until their next question was in the outbox."""


async def staffed(database: Path, *, sealed: bool) -> None:
    """Somebody has joined and, where texts are to be `sealed`, has made the team."""
    url = f"sqlite+aiosqlite:///{database}"
    db = await open_database(url, SECRET, clock())
    try:
        house = House(db, clock, ZoneInfo("Europe/Stockholm"), Scripts(), Nobody())
        member = await joined(house)
        if sealed:
            await reading(house, member)
    finally:
        await db.close()


def run(port: int, public: str, messages: int, connections: int, *, sealed: bool) -> Speed:
    """One line."""
    firsts, answers = texts(public, messages), texts(public, messages, "1", "SN")

    def prepare(database: Path) -> None:
        asyncio.run(staffed(database, sealed=sealed))

    with line_open(port, public, prepare) as (database, provider):
        asyncio.run(post(port, firsts, connections))
        greeted(provider, messages)
        began = time.perf_counter()
        outcome = asyncio.run(post(port, answers, connections))
        if outcome.statuses[200] != messages:
            raise SystemExit("not all were taken in")
        written(database, 2 * messages)
        return Speed(outcome.per_second, messages / (time.perf_counter() - began))


def compare(port: int, public: str, told: argparse.Namespace) -> None:
    """Print a row a round, then the medians of the ratios."""
    print(
        "| round | acknowledged /s | sealed | ratio "
        "| next question in the outbox /s | sealed | ratio |"
    )
    print("|---|---|---|---|---|---|---|")
    ratios: list[tuple[float, float]] = []
    for number in range(told.rounds):
        speeds = {
            sealed: run(port, public, told.messages, told.connections, sealed=sealed)
            for sealed in (bool(number % 2), not number % 2)
        }
        plain, own = speeds[False], speeds[True]
        ratio = own.acknowledged / plain.acknowledged, own.answered / plain.answered
        ratios.append(ratio)
        cells = [plain.acknowledged, own.acknowledged, ratio[0]]
        cells += [plain.answered, own.answered, ratio[1]]
        shown = (f"{cell:.2f}" if at % 3 == 2 else f"{cell:.0f}" for at, cell in enumerate(cells))
        print(f"| {number + 1} | " + " | ".join(shown) + " |")
    medians = (statistics.median(each) for each in zip(*ratios, strict=True))
    print("\nMedian ratios: " + ", ".join(f"{median:.2f}" for median in medians))
