"""When is somebody who waits told that they are not forgotten? (domain.md, "The queue").

One message after a minute, one at the tier's target, then every twenty minutes, three at most.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.pace import REAL, Pace
from domain.priority import TARGETS, Tier

FIRST = timedelta(minutes=1)
AGAIN = timedelta(minutes=20)
MOST = 3

ENOUGH = 5
"""So many waits must be known before anything is said of how long it usually takes."""

LONGEST = timedelta(hours=2)
"""Beyond it no figure is told: nobody plans by it, and it sounds like a promise."""

_ROUND = timedelta(minutes=5)


def moments(tier: Tier, began: datetime, pace: Pace = REAL) -> tuple[datetime, ...]:
    """When each message is due."""
    target = max(TARGETS[tier], FIRST)
    later = [target + AGAIN * n for n in range(MOST - 1)]
    return tuple(began + pace.takes(after) for after in (FIRST, *later))


def behind(tier: Tier, began: datetime, now: datetime, pace: Pace = REAL) -> int:
    """How many were due by now, told or not: after an outage the overdue ones are one."""
    return sum(at <= now for at in moments(tier, began, pace))


def next_due(tier: Tier, began: datetime, told: int, pace: Pace = REAL) -> datetime | None:
    """When the one after these is due; None: there is none."""
    return moments(tier, began, pace)[told] if told < MOST else None


def usual(waits: Sequence[timedelta]) -> timedelta | None:
    """Within which time nine of ten of these were over, rounded up; None where too few are known
    or it is longer than can be told."""
    if len(waits) < ENOUGH:
        return None
    ninth = sorted(waits)[-(-len(waits) * 9 // 10) - 1]
    rounded = -(-ninth // _ROUND) * _ROUND
    return max(rounded, _ROUND) if rounded <= LONGEST else None


def expected(tier: Tier, waits: Sequence[timedelta]) -> timedelta | None:
    """What `wait` may tell: the tier's target, or longer where it took longer lately; None where
    that is longer than can be told."""
    if len(waits) < ENOUGH:
        return TARGETS[tier]
    lately = usual(waits)
    return max(TARGETS[tier], lately) if lately is not None else None
