"""A year of who is on call, for fifty counsellors in every role, around the clock.

    .venv/bin/python -m benchmarks.rota [--rounds 7]

Three shifts a day in four roles, patterns of six weeks, leave for twenty, an override a day. In
ratio to asking the time zone for both ends of as many spans, measured in the same run: less
cannot be done about them. Milliseconds are of this machine.
"""

import argparse
import statistics
import time as clock
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.on_call import expand, gaps
from domain.rota import Hours, Kind, Leave, Pattern, Rota, Shift, ShiftRole, Turn
from domain.wall import moment

ZONE = ZoneInfo("Europe/Stockholm")
MONDAY = date(2026, 1, 5)
START = datetime.combine(MONDAY, time(), UTC)
END = START + timedelta(days=365)
MEMBERS = [UUID(int=n + 1) for n in range(50)]
WEEKS = 6


def rota() -> Rota:
    """Everything a busy town writes down for a year."""
    turns = tuple(
        Turn(
            week,
            Hours(weekday, time(hour), time((hour + 8) % 24)),
            MEMBERS[(week * 21 + weekday * 3 + hour) % len(MEMBERS)],
        )
        for week in range(WEEKS)
        for weekday in range(7)
        for hour in (6, 14, 22)
    )
    noon = datetime.combine(MONDAY, time(12))
    return Rota(
        patterns=tuple(
            Pattern(UUID(int=100 + n), role, MONDAY, WEEKS, turns)
            for n, role in enumerate(ShiftRole)
        ),
        shifts=tuple(
            Shift(
                UUID(int=1000 + n), ShiftRole.PRIMARY, MEMBERS[n % 50],
                noon + timedelta(days=n), noon + timedelta(days=n, hours=3), Kind.OVERRIDE,
            )
            for n in range(365)
        ),
        leaves=tuple(
            Leave(UUID(int=5000 + n), member, noon, noon + timedelta(days=20))
            for n, member in enumerate(MEMBERS[:20])
        ),
    )  # fmt: skip


def zone_alone(spans: int) -> None:
    """Both ends of as many spans, and nothing else."""
    wall = datetime.combine(MONDAY, time(6))
    for n in range(2 * spans):
        (wall + timedelta(hours=4 * (n % 2190))).replace(tzinfo=ZONE).astimezone(UTC)


def took(do: Callable[[], object], rounds: int) -> float:
    """Milliseconds, the median; nothing is remembered from round to round."""
    found = []
    for _ in range(rounds):
        moment.cache_clear()
        began = clock.perf_counter()
        do()
        found.append((clock.perf_counter() - began) * 1000)
    return statistics.median(found)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    written = rota()
    spans = len(expand(written, ZONE, START, END))
    alone = took(lambda: zone_alone(spans), rounds)
    print("| what | spans | ms | ratio |")
    print("|---|---|---|---|")
    print(f"| the time zone alone | {spans} | {alone:.1f} | 1.0 |")
    for name, do in (
        ("who is on call in a year", lambda: expand(written, ZONE, START, END)),
        ("its gaps", lambda: gaps(written, ZONE, START, END)),
    ):
        ms = took(do, rounds)
        print(f"| {name} | {spans} | {ms:.1f} | {ms / alone:.1f} |")


if __name__ == "__main__":
    main()
