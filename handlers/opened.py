"""A conversation opens, or opens again: what stands in the queue then, and who asks the gate.

Pure decisions on a `Case`. The rules are those of contract.md, "Timing and speech".
"""

from datetime import datetime
from uuid import UUID

from domain.before import carried
from domain.caseload import OFFERED_FIRST
from domain.conversation import State
from domain.gate import Gate
from domain.priority import Tier
from handlers.case import Case
from handlers.chosen import MARKS
from handlers.scripts import Edition
from storage.ids import new_id
from storage.triages import Triage

ONLY_CALLED = "only_called"
"""The mark of a conversation that a call has opened, and in which nobody has written yet."""

NOTHING_KEPT = "nothing_kept"
"""The mark of a conversation that was opened by something that could not be kept."""

SHUT = frozenset({Gate.CLOSED, Gate.LOST})
"""Nothing automatic leaves until they write, and then they are asked anew."""

NOTHING_READ = frozenset({ONLY_CALLED, NOTHING_KEPT})
"""Marks of a conversation in which there is nothing to read yet: the first text begins it."""


def new_triage(
    conversation_id: UUID, edition: Edition, *, returning: bool, now: datetime
) -> Triage:
    """A run of the questions that has not begun to speak."""
    return Triage(
        id=new_id(now),
        conversation_id=conversation_id,
        script_version=edition.version,
        returning=returning,
        state=None,
        danger=False,
        question_row_id=None,
        began_at=now,
        answer_due_at=None,
        answer_latest_at=None,
        silence_due_at=None,
        ended_at=None,
    )


def put_in_queue(case: Case, *, returning: bool, because: str | None = None) -> None:
    """A closed conversation waits again; what was true of it before it was closed is over, but for
    how urgent it was."""
    before = case.conversation
    why = [because] if because else []
    if returning:
        ended = (before.closed_at or case.now).astimezone(case.zone).date()
        today = case.now.astimezone(case.zone).date()
        why += ["returning", *carried(before.tier, before.reasons, ended, today)]
    case.stand(
        state=State.WAITING,
        owner_id=None,
        tier=Tier.P3,
        provisional=True,
        reasons=tuple(why) or ("new",),
        returning=returning,
        earlier_owner_id=before.owner_id or before.earlier_owner_id,
        waiting_since=None,
        p1_said_at=None,
        handed_over_at=None,
        offered_until=case.now + case.pace.takes(OFFERED_FIRST) if returning else None,
        close_asked_at=None,
        closed_at=None,
        outcome=None,
    )
    case.reopened = True
    if returning:
        case.waits_anew()
    if not MARKS.isdisjoint(before.marks):
        case.unmark(MARKS)
    case.ring()
    if returning:
        case.happened("reopened")


def reopen(case: Case, edition: Edition) -> None:
    """A text opens a closed conversation, or one that has never been open; the questions begin."""
    returning = case.conversation.closed_at is not None
    put_in_queue(case, returning=returning)
    if returning:
        case.know(gate=Gate.UNKNOWN)
    if case.contact.answerable:
        _begin(case, edition)


def ask_the_gate(case: Case, edition: Edition, *, unblocked: bool) -> None:
    """After a gate that is shut; after a START where the question never reached anybody; and where
    the contact, of whom nothing could be read so far, writes."""
    again = case.contact.gate in SHUT
    if again:
        case.know(gate=Gate.UNKNOWN)
        case.happened("gate_unknown")
    first = case.unmark(NOTHING_READ)
    unasked = (unblocked or first) and case.contact.gate is Gate.UNKNOWN
    waiting = case.conversation.state is State.WAITING and case.contact.answerable
    if (again or unasked) and waiting and not case.asking:
        _begin(case, edition)


def _begin(case: Case, edition: Edition) -> None:
    talk = case.conversation
    case.begin(new_triage(talk.id, edition, returning=talk.returning, now=case.now))
