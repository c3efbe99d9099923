"""Many new senders who write alike, as one row of the queue that opens into them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.conversation import State
from domain.flood import Newcomer, floods
from domain.priority import Tier
from storage.conversations import Conversation
from storage.queue import Standing

UNSAID = frozenset({"new", "silence"})
"""Reasons of those who have said nothing that is known."""


@dataclass(frozen=True)
class Flood:
    """One row for all of them."""

    ids: frozenset[UUID]
    first: UUID
    """Whose place in the queue it has: the oldest."""
    since: datetime


def seen_floods(still_open: Iterable[Standing]) -> tuple[Flood, ...]:
    """Anybody with a sign of danger, a mark or a past here stands alone."""
    return floods_of(standing.conversation for standing in still_open)


def floods_of(talks: Iterable[Conversation]) -> tuple[Flood, ...]:
    """The same, of conversations alone."""
    found = floods(
        Newcomer(talk.id, (talk.line_id, talk.alike), talk.waiting_since or talk.opened_at)
        for talk in talks
        if is_newcomer(talk)
    )
    return tuple(
        Flood(frozenset(one.id for one in alike), alike[0].id, alike[0].since) for alike in found
    )


def is_newcomer(talk: Conversation) -> bool:
    """Whether it may be one of many that are alike."""
    unknown = talk.provisional and talk.tier is Tier.P3 and UNSAID.issuperset(talk.reasons)
    fresh = not (talk.returning or talk.marks or talk.closed_at or talk.p1_said_at)
    return talk.state is State.WAITING and talk.alike is not None and unknown and fresh
