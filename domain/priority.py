"""How urgent is a conversation, and who is next? (domain.md, "The queue")."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from domain.pace import REAL, Pace


class Tier(IntEnum):
    """A lower number is more urgent."""

    P1 = 1
    P2 = 2
    P3 = 3
    P4 = 4


TARGETS = {
    Tier.P1: timedelta(minutes=2),
    Tier.P2: timedelta(minutes=5),
    Tier.P3: timedelta(minutes=15),
    Tier.P4: timedelta(minutes=60),
}
"""Within which time a human replies."""


DANGER = (
    frozenset(
        {"danger_now", "danger_words", "self_harm_now", "self_harm_words", "relative_danger_now"}
    ),
    frozenset(
        {"danger_today", "danger_unanswered", "self_harm_sometimes", "self_harm_unanswered",
         "relative_danger_today"}
    ),
)  # fmt: skip
"""Reasons that say a danger to somebody's life: now, then perhaps today."""


def danger_first(reasons: Iterable[str]) -> tuple[str, ...]:
    """The danger before whatever else is known; otherwise in the order in which they are given."""
    found = tuple(reasons)
    grave = [reason for codes in DANGER for reason in found if reason in codes]
    return (*grave, *(reason for reason in found if reason not in grave))


def risen(tier: Tier, waiting_since: datetime, now: datetime, pace: Pace = REAL) -> Tier:
    """P3 and P4 rise one tier when they have waited twice their target; never into P1."""
    if tier in (Tier.P3, Tier.P4) and now - waiting_since >= pace.takes(2 * TARGETS[tier]):
        return Tier(tier - 1)
    return tier


@dataclass(frozen=True)
class Wait:
    """How long somebody has waited, against the target of their tier."""

    tier: Tier
    since: datetime
    now: datetime
    pace: Pace = REAL

    @property
    def length(self) -> timedelta:
        """Never negative, also when a clock stepped back."""
        return max(self.now - self.since, timedelta())

    @property
    def share(self) -> float:
        """Of the target that has passed: 1.0 is the target, more is over it."""
        return self.length / self.pace.takes(TARGETS[self.tier])
