"""A counsellor has a conversation and does not answer: what is to be done, and when?

They are nudged once the tier's target has passed, and have as long again; then it is for everybody.
"""

from datetime import datetime
from enum import Enum

from domain.pace import REAL, Pace
from domain.priority import TARGETS, Tier


class Due(Enum):
    """What is to be done now."""

    NUDGE = "nudge"
    GIVE_BACK = "give_back"


SOONEST = min(TARGETS.values())
"""Whoever has waited less is not looked at."""


def due(
    tier: Tier,
    written_at: datetime,
    held_since: datetime | None,
    nudged_at: datetime | None,
    now: datetime,
    pace: Pace = REAL,
) -> Due | None:
    """`written_at`: the contact's first text that nobody has answered; a counsellor who took it
    later than that has the whole target from then. After an outage they are nudged first."""
    target = pace.takes(TARGETS[tier])
    begins = max(written_at, held_since) if held_since else written_at
    if nudged_at is None or nudged_at <= begins:
        return Due.NUDGE if now - begins >= target else None
    return Due.GIVE_BACK if now - nudged_at >= target else None
