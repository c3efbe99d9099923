"""May we get in touch tomorrow, and is this a good time? What a contact's answer leads to.

Pure decisions on a `Case`.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.conversation import State as Talk
from domain.follow_up import next_day
from domain.message import InboundMessage
from handlers.case import Case
from handlers.small_words import CLOSING_ANSWERS, FOLLOW_UP_ANSWERS, answer
from storage.ids import new_id
from storage.plans import Kind, Plan, State

COUNTS = timedelta(hours=24)

QUESTIONS = frozenset({"close", "follow_up"})

_ASKED = frozenset({State.SENT, State.WANTED})


def answers_the_closing_question(case: Case, message: InboundMessage) -> bool:
    """It is an answer to `close` or to `follow_up`, which acts here; any other text is a text.

    Only to the one that they got last, and that nothing has been said after: where it is doubtful
    what they answer nothing is agreed on, and a person reads it.
    """
    if case.conversation.close_asked_at is None or case.asked_last is None or message.media:
        return False
    question, since = case.asked_last
    if not timedelta() <= message.at - since <= COUNTS:
        return False
    followed_up = question == "follow_up"
    agreed = answer(FOLLOW_UP_ANSWERS if followed_up else CLOSING_ANSWERS, message.body)
    if agreed is None or message.answers_to not in {None, question}:
        return False
    if followed_up:
        return _is_a_good_time(case, agreed=agreed)
    _may_follow_up(case, message.at, agreed=agreed)
    return True


def ends_the_question(case: Case) -> None:
    """Something else was said since: what comes now is no answer to it."""
    if case.conversation.close_asked_at is not None:
        case.stand(close_asked_at=None)


def _is_a_good_time(case: Case, *, agreed: bool) -> bool:
    plan = case.plan
    if plan is None or plan.state not in _ASKED:
        return False
    case.happened("follow_up_now" if agreed else "follow_up_later")
    state = State.WANTED if agreed else State.SENT
    case.plan = replace(plan, state=state, changed_at=case.now)
    case.plans(case.plan)
    return True


def _may_follow_up(case: Case, at: datetime, *, agreed: bool) -> None:
    case.happened("follow_up_agreed" if agreed else "follow_up_declined")
    if agreed and case.contact.writes_first is False:
        case.know(writes_first=True)
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
