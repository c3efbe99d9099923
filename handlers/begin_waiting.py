"""Somebody begins to wait for a person: from when on, and when are they told something first?

Pure decisions on a `Case`.
"""

from domain import waiting
from domain.conversation import State
from domain.gate import Gate
from handlers.case import Case
from storage.waits import Wait


def begin_waiting(case: Case, *, alone: bool, told: bool) -> None:
    """A person is waited for, from now on.

    `alone`: nobody is here, of which they were `told` at the questions' end, or hear now.
    """
    if not is_waited_with(case):
        return
    talk, now = case.conversation, case.now
    told = alone and (told or talk.p1_said_at == now)
    asked = any(message.text_id == "closed" for message in case.messages)
    first = waiting.next_due(talk.tier, now, 0, case.pace)
    case.waits(
        Wait(
            conversation_id=talk.id,
            line_id=talk.line_id,
            tier=talk.tier,
            since=now,
            due_at=None if told else now if alone else first,
            asked="closed" if asked else None,
            asked_at=now if asked else None,
            unreached_told_at=now if told else None,
        )
    )


def is_waited_with(case: Case) -> bool:
    """The questions are over, a person is waited for, and they may be told so."""
    contact = case.contact
    here = case.conversation.state is State.WAITING and not case.asking
    return here and contact.answerable and contact.gate not in {Gate.CLOSED, Gate.LOST}
