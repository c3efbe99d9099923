"""In which order and under which days does a thread stand?"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from handlers.seen import Happened, Noted, Said
from staff.times import Times

OF_PAGES = frozenset({"paged", "page_delivered", "page_failed"})
"""What is told of pages to one member, which come again until somebody has the conversation."""


@dataclass(frozen=True)
class Rung:
    """Pages to one member, again and again."""

    by: str
    steps: tuple[Happened, ...]
    """All that was told of them, as it happened."""

    @property
    def at(self) -> datetime:
        """When they were paged first."""
        return self.steps[0].at

    @property
    def last(self) -> datetime:
        """When they were paged last."""
        return max(step.at for step in self.steps if step.kind == "paged")

    @property
    def times(self) -> int:
        """How often they were paged."""
        return self.count("paged")

    def count(self, kind: str) -> int:
        """How often this was told."""
        return sum(step.kind == kind for step in self.steps)


Item = Said | Noted | Happened | Rung


@dataclass(frozen=True)
class Line:
    """One thing in the thread: "said", "noted", "happened" or "rung"."""

    kind: str
    it: Item


@dataclass(frozen=True)
class Day:
    """What happened on one day of the house's calendar."""

    date: date
    lines: tuple[Line, ...]


def days(thread: tuple[Said | Noted | Happened, ...], times: Times) -> tuple[Day, ...]:
    """The thread in its own order, divided at midnight."""
    return tuple(
        Day(day, tuple(Line(_kind(item), item) for item in _together(list(items))))
        for day, items in groupby(thread, key=lambda item: times.local(item.at).date())
    )


def _together(items: list[Said | Noted | Happened]) -> list[Item]:
    """Who was paged more than once is one line, where they were paged first; until something was
    done with the conversation."""
    rungs: dict[tuple[int, str], Rung] = {}
    places: list[Item | tuple[int, str]] = []
    stretch = 0
    for item in items:
        if not isinstance(item, Happened) or item.kind not in OF_PAGES or item.by is None:
            stretch += isinstance(item, Happened)
            places.append(item)
            continue
        key = stretch, item.by
        if key not in rungs:
            rungs[key] = Rung(item.by, ())
            places.append(key)
        rungs[key] = replace(rungs[key], steps=(*rungs[key].steps, item))
    found: list[Item] = []
    for place in places:
        rung = rungs[place] if isinstance(place, tuple) else None
        if rung is not None and rung.times < 2:
            found += rung.steps
        else:
            found.append(rung or place)  # type: ignore[arg-type] # a key is in `rungs`
    return found


def _kind(item: Item) -> str:
    if isinstance(item, Said):
        return "said"
    if isinstance(item, Rung):
        return "rung"
    return "noted" if isinstance(item, Noted) else "happened"
