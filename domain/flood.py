"""Are these many people, or is somebody flooding the line?

Told only from what nobody has answered: as soon as one answers a question, says anything that tells
of danger or is taken, they stand by themselves.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

FROM = 12
"""So many at least: a call-in has about ten people, who may all write "hej" in the same hour."""

WITHIN = timedelta(minutes=15)
"""At most so long from one to the next."""

NEARLY_NOTHING = 3
"""Letters; who writes fewer says nearly nothing."""

COMPARED = 200
"""Letters of a text that are compared."""


def gist(text: str) -> str:
    """What a text says when case, figures, marks and letters held down are left out; of nearly
    nothing: nothing."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(char for char in folded if char.isalpha())
    once = "".join(char for char, _ in groupby(letters))[:COMPARED]
    return "" if len(once) < NEARLY_NOTHING else once


@dataclass(frozen=True)
class Newcomer:
    """Somebody new who has written and answered nothing yet."""

    id: UUID
    group: tuple[object, ...]
    """The same for those who are alike."""
    since: datetime


def floods(newcomers: Iterable[Newcomer]) -> list[Sequence[Newcomer]]:
    """Those of them that are to stand together, each group by its oldest first."""
    found: list[Sequence[Newcomer]] = []
    by_group: dict[tuple[object, ...], list[Newcomer]] = {}
    for one in newcomers:
        by_group.setdefault(one.group, []).append(one)
    for alike in by_group.values():
        found += [run for run in _runs(alike) if len(run) >= FROM]
    return found


def _runs(alike: Iterable[Newcomer]) -> list[list[Newcomer]]:
    runs: list[list[Newcomer]] = []
    for one in sorted(alike, key=lambda each: (each.since, each.id)):
        if runs and one.since - runs[-1][-1].since <= WITHIN:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs
