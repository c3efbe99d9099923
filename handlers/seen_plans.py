"""What is shown of texts that leave later, and of those that somebody has to see to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.alias import Alias
from storage.plans import Kind, Plan
from storage.texts import NO_WORDS, Words


@dataclass(frozen=True)
class FollowUp:
    """A contact who agreed to hear from us, and for whom somebody has to do something."""

    conversation_id: UUID
    alias: str
    counsellor: str | None
    """Who had the conversation."""
    state: str
    """wanted: they said that this is a good time; refused: the text may not leave."""
    refusal: str | None
    at: datetime


@dataclass(frozen=True)
class Planned:
    """What leaves later, on the conversation's page."""

    id: UUID
    follow_up: bool
    counsellor: str | None
    body: str
    """Empty for a follow-up: the script has its words."""
    due_at: datetime
    sealed: bool = False
    """Who looks was not admitted to the texts."""


def follow_ups(
    found: Iterable[tuple[Plan, Alias | None]],
    names: Mapping[UUID, str],
    on_call: set[str],
    name: str,
) -> tuple[FollowUp, ...]:
    """Those that are this member's: their own while they are on call, anybody's otherwise."""
    every = (
        FollowUp(
            conversation_id=plan.conversation_id,
            alias=str(alias or "?"),
            counsellor=names.get(plan.member_id) if plan.member_id else None,
            state=plan.state,
            refusal=plan.refusal,
            at=plan.changed_at,
        )
        for plan, alias in found
    )
    return tuple(f for f in every if f.counsellor not in on_call - {name})


def planned(
    found: Iterable[Plan], bodies: Mapping[UUID, Words], names: Mapping[UUID, str]
) -> tuple[Planned, ...]:
    """The next one first."""
    return tuple(
        Planned(
            id=plan.id,
            follow_up=plan.kind is Kind.FOLLOW_UP,
            counsellor=names.get(plan.member_id) if plan.member_id else None,
            body=bodies.get(plan.id, NO_WORDS).body or "",
            due_at=plan.due_at,
            sealed=bodies.get(plan.id, NO_WORDS).sealed,
        )
        for plan in found
        if plan.due_at is not None
    )
