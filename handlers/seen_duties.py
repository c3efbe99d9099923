"""What is shown of what has to be reported: on the queue page, the board, and elsewhere."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.duty import Kind, Outcome, Recipient
from domain.member import Member
from storage import duties
from storage.database import Tx
from storage.duties import Listed
from storage.texts import NO_WORDS, Words

MOST = 50


@dataclass(frozen=True)
class SeenDuty:
    """One duty to report."""

    id: UUID
    conversation_id: UUID
    alias: str
    kind: Kind
    raised_by: str | None
    """None: the scripted questions."""
    raised_at: datetime
    due_at: datetime
    late: bool
    """Its time has passed, and nobody has said what became of it."""
    outcome: Outcome | None
    recipient: Recipient | None
    reported_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None
    why: Words = NO_WORDS
    """Of whoever raised it; read only where it is looked at by itself."""
    closing: Words = NO_WORDS
    needs_reason: bool = False
    """There may be words, which are shown to whoever says why they open the conversation."""


def shown(
    listed: Iterable[Listed], names: Mapping[UUID, str], now: datetime
) -> tuple[SeenDuty, ...]:
    """As they are shown, less their words."""
    return tuple(seen_duty(one, names, now) for one in listed)


def seen_duty(
    one: Listed,
    names: Mapping[UUID, str],
    now: datetime,
    why: Words = NO_WORDS,
    closing: Words = NO_WORDS,
) -> SeenDuty:
    """One of them with its words."""
    duty = one.duty
    return SeenDuty(
        id=duty.id,
        conversation_id=duty.conversation_id,
        alias=str(one.alias or "?"),
        kind=duty.kind,
        raised_by=names.get(duty.raised_by) if duty.raised_by else None,
        raised_at=duty.raised_at,
        due_at=duty.due_at,
        late=duty.closed_at is None and duty.due_at <= now,
        outcome=duty.outcome,
        recipient=duty.recipient,
        reported_at=duty.reported_at,
        closed_by=names.get(duty.closed_by) if duty.closed_by else None,
        closed_at=duty.closed_at,
        why=why,
        closing=closing,
    )


async def theirs(tx: Tx, member: Member, kept: Collection[UUID]) -> list[Listed]:
    """What this member has to see to: a coordinator all of it, roles that do not read nothing.

    `kept`: from which they must stay away.
    """
    if not member.may(Act.DUTY):
        return []
    mine = None if member.may(Act.COORDINATE) else member.id
    found = await duties.still_open(tx, MOST, theirs=mine)
    return [one for one in found if one.duty.conversation_id not in kept]
