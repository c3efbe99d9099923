"""In which order and under which days does a thread stand?"""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from handlers.seen import Happened, Noted, Said
from staff.times import Times

Item = Said | Noted | Happened


@dataclass(frozen=True)
class Line:
    """One thing in the thread: "said", "noted" or "happened"."""

    kind: str
    it: Item


@dataclass(frozen=True)
class Day:
    """What happened on one day of the house's calendar."""

    date: date
    lines: tuple[Line, ...]


def days(thread: tuple[Item, ...], times: Times) -> tuple[Day, ...]:
    """The thread in its own order, divided at midnight."""
    return tuple(
        Day(day, tuple(Line(_kind(item), item) for item in items))
        for day, items in groupby(thread, key=lambda item: times.local(item.at).date())
    )


def _kind(item: Item) -> str:
    if isinstance(item, Said):
        return "said"
    return "noted" if isinstance(item, Noted) else "happened"
