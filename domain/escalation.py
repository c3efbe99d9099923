"""Who is paged about a conversation that waits, and when? (domain.md, "The queue").

A ladder is climbed from the moment at which the conversation began to wait, or rose to its tier,
until somebody has taken it. An acknowledgement stops nothing: acknowledged is not taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from domain.priority import Tier
from domain.rota import ShiftRole


@dataclass(frozen=True)
class Rung:
    """Page whoever is on call as this, so long after the ladder began."""

    after: timedelta
    whom: ShiftRole


@dataclass(frozen=True)
class Ladder:
    """The rungs in order; the first one comes again, so often, until somebody has taken it."""

    rungs: tuple[Rung, ...]
    again: timedelta | None = None
    times: int = 0


def _minutes(after: float, whom: ShiftRole) -> Rung:
    return Rung(timedelta(minutes=after), whom)


LADDERS: Mapping[Tier, Ladder] = {
    Tier.P1: Ladder(
        (
            _minutes(0, ShiftRole.PRIMARY),
            _minutes(1, ShiftRole.BACKUP),
            _minutes(3, ShiftRole.COORDINATOR),
            _minutes(5, ShiftRole.DUTY),
        ),
        again=timedelta(minutes=2),
        times=60,
    ),
    Tier.P2: Ladder((_minutes(0, ShiftRole.PRIMARY), _minutes(10, ShiftRole.COORDINATOR))),
    Tier.P3: Ladder((_minutes(30, ShiftRole.COORDINATOR),)),
    Tier.P4: Ladder((_minutes(120, ShiftRole.COORDINATOR),)),
}
"""domain.md's table. It does not say who wakes whoever has to answer a P2 within five minutes: the
primary is paged at once for it, too."""


@cache
def rungs(ladder: Ladder) -> tuple[Rung, ...]:
    """All of them with those that come again, in the order in which they are due."""
    again: list[Rung] = []
    if ladder.again is not None and ladder.rungs:
        first = ladder.rungs[0]
        again = [
            Rung(first.after + ladder.again * n, first.whom) for n in range(1, ladder.times + 1)
        ]
    return tuple(sorted([*ladder.rungs, *again], key=lambda rung: rung.after))


@dataclass(frozen=True)
class Climb:
    """What is to be done now, and when there is more to do."""

    whom: tuple[ShiftRole, ...]
    """Whoever is on call as these is paged, once, however many rungs are overdue."""
    done: int
    """Rungs that are behind."""
    due_at: datetime | None
    """None: the ladder is at its end."""


def climb(tier: Tier, began: datetime, done: int, now: datetime) -> Climb:
    """From the rung that is next. After an outage the overdue ones are one page, not a burst."""
    ladder = rungs(LADDERS[tier])
    due = done
    while due < len(ladder) and began + ladder[due].after <= now:
        due += 1
    whom = tuple(dict.fromkeys(rung.whom for rung in ladder[done:due]))
    return Climb(whom, due, began + ladder[due].after if due < len(ladder) else None)


def is_spent(tier: Tier, done: int) -> bool:
    """Everybody whom the ladder names has had their turn; what is left of it only comes again."""
    ladder = LADDERS[tier]
    last = max(rung.after for rung in ladder.rungs)
    return done >= sum(rung.after <= last for rung in rungs(ladder))


def first_rung(tier: Tier, began: datetime) -> datetime:
    """When the first one is due."""
    return began + rungs(LADDERS[tier])[0].after


ORDER = (ShiftRole.PRIMARY, ShiftRole.BACKUP, ShiftRole.COORDINATOR, ShiftRole.DUTY)
"""Where nobody is on call as what the rung says, the next of these is paged."""
