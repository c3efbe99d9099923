"""May we get in touch tomorrow, and is this a good time? What a contact's answer leads to.

Pure decisions on a `Case`.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.conversation import State as Talk
from domain.follow_up import next_day
from domain.message import InboundMessage
from handlers.case import Case
from handlers.small_words import CLOSING_ANSWERS, LATER
from storage.ids import new_id
from storage.plans import Kind, Plan, State
from triage.words import tokens

COUNTS = timedelta(hours=24)

QUESTIONS = frozenset({None, "close", "follow_up"})
"""Under which buttons the answers stand; None: it was typed."""

_ASKED = frozenset({State.SENT, State.WANTED})


def answers_the_closing_question(case: Case, message: InboundMessage) -> bool:
    """It is an answer to `close` or to `follow_up`, which acts here; any other text is a text."""
    asked = case.conversation.close_asked_at
    if asked is None or not timedelta() <= message.at - asked <= COUNTS:
        return False
    followed_up = _is_the_follow_up(case.plan, asked)
    agreed = CLOSING_ANSWERS.get(tokens(message.body))
    if agreed is None and followed_up and tokens(message.body) in LATER:
        agreed = False
    if agreed is None or message.media or message.answers_to not in QUESTIONS:
        return False
    if followed_up:
        _is_a_good_time(case, agreed=agreed)
    else:
        _may_follow_up(case, message.at, agreed=agreed)
    return True


def _is_the_follow_up(plan: Plan | None, asked: datetime) -> bool:
    """What was asked last is the follow-up, and not a later `close`."""
    return plan is not None and plan.state in _ASKED and asked <= plan.changed_at


def _is_a_good_time(case: Case, *, agreed: bool) -> None:
    plan = case.plan
    if plan is None:
        return
    case.happened("follow_up_now" if agreed else "follow_up_later")
    state = State.WANTED if agreed else State.SENT
    case.plan = replace(plan, state=state, changed_at=case.now)
    case.plans(case.plan)


def _may_follow_up(case: Case, at: datetime, *, agreed: bool) -> None:
    case.happened("follow_up_agreed" if agreed else "follow_up_declined")
    plan = case.plan if case.plan is not None and case.plan.state is State.PLANNED else None
    if agreed and plan is None:
        case.plan = _planned(case, at)
        case.plans(case.plan)
    elif plan is not None and not agreed:
        case.plan = replace(plan, state=State.WITHDRAWN, due_at=None, changed_at=case.now)
        case.plans(case.plan)


def _planned(case: Case, at: datetime) -> Plan:
    talk = case.conversation
    owned = talk.state is Talk.OWNED
    return Plan(
        id=new_id(case.now),
        conversation_id=talk.id,
        kind=Kind.FOLLOW_UP,
        state=State.PLANNED,
        member_id=talk.owner_id if owned else talk.earlier_owner_id,
        asked=False,
        planned_at=case.now,
        due_at=next_day(at, case.contact.safe_hours, case.zone),
        changed_at=case.now,
    )
