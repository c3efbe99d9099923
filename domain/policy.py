"""What may a coordinator write into a ladder? (domain.md's own is in `domain.escalation`.)"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from domain.escalation import Ladder, Step
from domain.priority import TARGETS, Tier
from domain.rota import ShiftRole

MOST_STEPS = 10
LONGEST = timedelta(hours=24)
"""Until a step; nobody means later."""

SHORTEST_AGAIN = timedelta(minutes=1)
LONGEST_AGAIN = timedelta(minutes=60)


class Fault(StrEnum):
    """What is wrong with a field. Staff pages say each in words."""

    UNCLEAR = "unclear"
    UNKNOWN = "unknown"
    TOO_MANY = "too_many"
    TWICE = "twice"
    NONE = "none"
    """A P1 would page nobody."""
    LATE = "late"
    """A P1 would page nobody within its target."""
    ONCE = "once"
    """A P1 would stop paging while nobody has taken it."""
    NO_LAST = "no_last"
    """A P1 would page nobody while nobody is on call."""
    UNREACHABLE = "unreachable"
    """Whoever is the last resort can be paged by no way."""
    CHANGED = "changed"
    """Somebody else has changed it meanwhile."""


def faults(tier: Tier, ladder: Ladder) -> Mapping[str, Fault]:
    """By field (steps, again, last), why it cannot be written down."""
    found: dict[str, Fault] = {}
    same = Counter((step.after, step.whom) for step in ladder.steps)
    if len(ladder.steps) > MOST_STEPS:
        found["steps"] = Fault.TOO_MANY
    elif any(not timedelta() <= step.after <= LONGEST for step in ladder.steps):
        found["steps"] = Fault.UNCLEAR
    elif max(same.values(), default=0) > 1:
        found["steps"] = Fault.TWICE
    if ladder.again is not None and not SHORTEST_AGAIN <= ladder.again <= LONGEST_AGAIN:
        found["again"] = Fault.UNCLEAR
    after = ladder.last.after if ladder.last is not None else None
    if after is not None and not timedelta() <= after <= LONGEST:
        found["last_after"] = Fault.UNCLEAR
    return {**_of_danger(ladder), **found} if tier is Tier.P1 else found


def _of_danger(ladder: Ladder) -> dict[str, Fault]:
    found: dict[str, Fault] = {}
    if not ladder.steps:
        found["steps"] = Fault.NONE
    elif ladder.in_order[0].after > TARGETS[Tier.P1]:
        found["steps"] = Fault.LATE
    if ladder.again is None:
        found["again"] = Fault.ONCE
    if ladder.last is None:
        found["last"] = Fault.NO_LAST
    return found


def numbered(ladder: Ladder, known: Mapping[int, ShiftRole]) -> Ladder:
    """Each step with its own number, by which climbs that are under way know it: one that is
    known and calls for the same role keeps its number, every other one gets a new one.

    `known`: whom each number of this line and tier has ever meant.
    """
    free = max(known, default=0) + 1
    used: set[int] = set()
    steps: list[Step] = []
    for step in ladder.steps:
        number = step.number
        if known.get(number) is not step.whom or number in used:
            number, free = free, free + 1
        used.add(number)
        steps.append(replace(step, number=number))
    return replace(ladder, steps=tuple(steps))
