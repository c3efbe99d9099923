"""How much may leave by itself in an hour, so that a flood costs neither money nor trust?

Nothing that comes in is ever refused: what is limited is what the machine answers. A counsellor's
text always leaves, and so does what is said to somebody in danger.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain import segments
from domain.contact_rules import Refusal
from domain.message import Channel
from domain.priority import Tier

HOUR = timedelta(hours=1)

TOTAL = 3_000
"""Segments an hour of all lines together, unless one line alone may send more."""

MOST_SEGMENTS = 1_000_000
MOST_EACH = 100

ALARM = frozenset({"p1", "p1_alone", "p1_cannot_call"})
"""What somebody in danger is told: once in a conversation, and whatever was said before."""


@dataclass(frozen=True)
class Limits:
    """Of one line, by the hour."""

    segments: int = 600
    """What the machine's answers may take on the wire: some 75 people who answer everything."""
    each: int = 30
    """The machine's texts to one sender; the questions are eight, waiting has three."""


USUAL = Limits()


def total(own: Iterable[Limits]) -> int:
    """Segments an hour of all lines together; a line that may send more by its own limit may."""
    return max([TOTAL, *(limits.segments for limits in own)])


def cost(channel: Channel, body: str) -> int:
    """Segments; WhatsApp charges by the message, Telegram charges nothing."""
    if channel is Channel.SMS:
        return segments.count(body).segments
    return int(channel is Channel.WHATSAPP)


def held_back(
    line: UUID,
    tier: Tier,
    text_id: str,
    takes: int,
    limits: Limits,
    most: int,
    spent: Mapping[UUID, int],
    said: int,
) -> Refusal | None:
    """Why this answer of the machine stays, or None.

    `most`: of all lines together; `spent`: the segments of the last hour by line; `said`: the
    machine's texts to this contact in it.
    """
    if text_id in ALARM:
        return None
    if said >= limits.each:
        return Refusal.TOO_MANY
    if tier is Tier.P1 or not takes:
        return None
    here, everywhere = spent.get(line, 0), sum(spent.values())
    over = here + takes > limits.segments or everywhere + takes > most
    return Refusal.CEILING if over else None
