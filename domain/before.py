"""How urgent was a conversation before it was closed, and why? It comes back as P3 by the rule, and
whoever reads it then is to know.

Kept as one more of its reasons, so that opening it again writes nothing more than it did.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.priority import Tier, danger_first

_KEPT = "was"
_PARTS = ":"


@dataclass(frozen=True)
class Before:
    """The most urgent that it was in any earlier time; never P3 or P4, which say nothing."""

    tier: Tier
    reason: str
    """The gravest code of that time."""


def carried(tier: Tier, reasons: Iterable[str]) -> tuple[str, ...]:
    """What is kept when a conversation with these opens again: one code, or none. Of two times
    the more urgent one stays, of two alike the later."""
    known = tuple(reasons)
    earlier = before(known)
    gravest = next(iter(danger_first(of_now(known))), "")
    now = Before(tier, gravest) if tier <= Tier.P2 else None
    grave = min((one for one in (now, earlier) if one), key=lambda one: one.tier, default=None)
    return (_PARTS.join((_KEPT, grave.tier.name, grave.reason)),) if grave else ()


def before(reasons: Iterable[str]) -> Before | None:
    """What was carried; None where nothing was."""
    for code in reasons:
        if _is_kept(code):
            _, tier, reason = code.split(_PARTS, 2)
            return Before(Tier[tier], reason)
    return None


def of_now(reasons: Iterable[str]) -> tuple[str, ...]:
    """The reasons without what was carried."""
    return tuple(code for code in reasons if not _is_kept(code))


def _is_kept(code: str) -> bool:
    return code.startswith(_KEPT + _PARTS)
