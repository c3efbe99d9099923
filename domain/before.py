"""How urgent was a conversation before it was closed, and why? It comes back as P3 by the rule, and
whoever reads it then is to know.

Kept as more of its reasons, so that opening it again writes nothing more than it did.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from domain.contact_rules import REUSE
from domain.priority import DANGER, Tier, danger_first

MOST = 4
"""Codes that are carried at once."""

_KEPT = "was:"
_CODE = re.compile(r"was:(P[1-4]):(.*?)(?::(20[0-9]{2}-(?:0[1-9]|1[0-2])))?")
_MONTH = "%Y-%m"


@dataclass(frozen=True)
class Before:
    """One thing that was known of an earlier, urgent time; never P3 or P4, which say nothing."""

    tier: Tier
    reason: str
    month: date | None
    """In which that time was over, by its first day; None: not known."""

    @property
    def grade(self) -> tuple[Tier, int]:
        """The lower, the graver: the tier, and of one tier a danger now, one today, all else."""
        ranks = (rank for rank, codes in enumerate(DANGER) if self.reason in codes)
        return self.tier, next(ranks, len(DANGER))

    @property
    def code(self) -> str:
        """As it stands among the reasons."""
        month = f":{self.month.strftime(_MONTH)}" if self.month else ""
        return f"{_KEPT}{self.tier.name}:{self.reason}{month}"


def carried(tier: Tier, reasons: Iterable[str], ended: date, today: date) -> tuple[str, ...]:
    """What is kept when a conversation with these, that was closed on the day `ended`, opens again:
    of all times the gravest, every danger of it, the latest first.

    What is as old as a number that may have changed hands is told of nobody any more.
    """
    known = tuple(reasons)
    month = ended.replace(day=1)
    now: list[Before] = []
    if tier <= Tier.P2 and today - ended < REUSE:
        now = [Before(tier, reason, month) for reason in danger_first(of_now(known)) or ("",)]
    earlier = [
        Before(one.tier, one.reason, one.month or month)
        for one in before(known)
        if one.month is None or today - _last_day(one.month) < REUSE
    ]
    gravest = min((one.grade for one in (*now, *earlier)), default=None)
    kept: dict[str, Before] = {}
    for one in (*now, *earlier):
        if one.grade == gravest:
            kept.setdefault(one.reason, one)
    is_danger = gravest is not None and gravest[1] < len(DANGER)
    return tuple(one.code for one in kept.values())[: MOST if is_danger else 1]


def before(reasons: Iterable[str]) -> tuple[Before, ...]:
    """What was carried, the latest first."""
    found = (_CODE.fullmatch(code) for code in reasons)
    return tuple(
        Before(Tier[code[1]], code[2], date.fromisoformat(f"{code[3]}-01") if code[3] else None)
        for code in found
        if code
    )


def of_now(reasons: Iterable[str]) -> tuple[str, ...]:
    """The reasons without what was carried."""
    return tuple(code for code in reasons if not code.startswith(_KEPT))


def of_then(reasons: Iterable[str]) -> tuple[str, ...]:
    """What was carried, as it stands among them."""
    return tuple(code for code in reasons if code.startswith(_KEPT))


def _last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
