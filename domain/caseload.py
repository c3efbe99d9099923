"""Caseload: how many conversations may one counsellor have, and who may take which? (domain.md)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.pace import Pace
from domain.priority import TARGETS, Tier

USUAL = 2
MOST = 3

OFFERED_FIRST = timedelta(minutes=2)
"""So long a returning contact stands for the counsellor who had them before."""


class Full(StrEnum):
    """Why somebody may not take one more."""

    EXCLUSIVE = "exclusive"
    """They have a P1, which wants all of them."""
    FULL = "full"


@dataclass(frozen=True)
class Waiting:
    """What is known of the conversation that is to be taken."""

    tier: Tier
    since: datetime
    """When its contact began to wait."""
    now: datetime
    pace: Pace
    """By which its wait goes by."""

    @property
    def is_for_anybody(self) -> bool:
        """A P1 whose target has passed: no limit may stand in the way of a life any longer."""
        return self.tier is Tier.P1 and self.now - self.since >= self.pace.takes(TARGETS[Tier.P1])


def full(held: Collection[Tier], most: int) -> Full | None:
    """Why somebody with these can be given no more; None: they can."""
    if Tier.P1 in held:
        return Full.EXCLUSIVE
    return Full.FULL if len(held) >= most else None


def why_not(
    held: Collection[Tier], most: int, wanted: Waiting, *, somebody_else: bool
) -> Full | None:
    """Why somebody with these may not take the wanted one; None: they may.

    `somebody_else`: a colleague is at work and has room. A P1 goes to whoever has room, but never
    waits for them beyond its target, and where nobody has room anybody may take it at once.
    """
    if wanted.tier is Tier.P1 and (not somebody_else or wanted.is_for_anybody):
        return None
    return full(held, most)
