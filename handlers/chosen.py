"""Somebody who waits answers what the line asked them meanwhile: it acts, and staff see it.

Pure decisions on a `Case`.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from domain import waiting
from domain.conversation import State
from domain.delivery import ARRIVED, Delivery
from domain.message import InboundMessage
from handlers.alarm import tell
from handlers.begin_waiting import begin_waiting, is_waited_with
from handlers.case import Case
from handlers.setting import Setting
from handlers.small_words import CLOSING_ANSWERS, FOLLOW_UP_ANSWERS, WAIT_CHOICES, answer
from storage.questions import Question
from storage.waits import LEFT_ALONE, Wait

WANTS_CALL = "wants_call"
WRITES_LATER = "writes_later"
MAY_WRITE = "may_write"
"""They said that we may write once somebody is here."""

MARKS = frozenset({WANTS_CALL, WRITES_LATER, MAY_WRITE})
"""True of one wait, until it is over."""

_MARKED = {"call": WANTS_CALL, "later": WRITES_LATER, "yes": MAY_WRITE, "no": WRITES_LATER}

NOTED = {"call": "wait_choice_noted", "later": "wait_later_noted"}
"""By choice: the text that answers it."""

MOST_NOTED = 2
"""Answers to choices in one wait: to and fro is not answered for ever."""

ASKING = frozenset({"wait_long", "wait_long_p1", "closed"})
"""The texts that offer choices."""

COUNTS = timedelta(hours=24)
"""As long as an answer to `close` does."""


def may_choose(body: str) -> bool:
    """Whether it is worth looking up what was asked."""
    return any(answer(each, body) is not None for each in (WAIT_CHOICES, FOLLOW_UP_ANSWERS))


def choose(case: Case, message: InboundMessage, setting: Setting, *, late: bool) -> None:
    """The text is one of the choices that were offered last; any other text is read by people."""
    chosen = _chosen(case, message)
    if chosen is None or case.wait is None:
        writes_again(case, alone=setting.alone, late=late)
        return
    if chosen == case.wait.chosen:
        return
    if chosen == "wait":
        writes_again(case, alone=setting.alone, late=late)
    due_at = case.wait.due_at if chosen == "wait" else None
    case.waits(replace(case.wait, chosen=chosen, due_at=due_at))
    case.unmark(MARKS)
    if chosen in _MARKED:
        case.mark([_MARKED[chosen]])
    case.happened(f"chose_{chosen}")
    if chosen in NOTED and not late and case.choices_noted < MOST_NOTED:
        case.choices_noted += 1
        tell(case, NOTED[chosen], setting)


def writes_again(case: Case, *, alone: bool, late: bool) -> None:
    """Who fell silent in the questions, or said that they would write, has: they wait from now."""
    wait = case.wait
    case.unmark({WRITES_LATER} & set(case.conversation.marks))
    if late or not is_waited_with(case):
        return
    if wait is None:
        begin_waiting(case, alone=alone, told=False)
    elif wait.chosen in LEFT_ALONE and wait.answered_at is None:
        left = wait.told < waiting.MOST
        again = waiting.next_due(case.conversation.tier, case.now, 0, case.pace) if left else None
        case.waits(replace(wait, since=case.now, chosen=None, due_at=again))


def _chosen(case: Case, message: InboundMessage) -> str | None:
    """None also where it is doubtful what they answer: a person reads it."""
    wait = case.wait
    if wait is None or wait.asked is None or wait.answered_at is not None or message.media:
        return None
    if case.conversation.state is not State.WAITING or case.asking:
        return None
    readings = {_meant(question, message) for question in _asked(case, wait, message)}
    return readings.pop() if len(readings) == 1 else None


def _asked(case: Case, wait: Wait, message: InboundMessage) -> list[str]:
    """The question that was at the provider when they wrote, and later ones of which nobody knows
    whether they arrived; a button says itself which one it is of."""
    since = min(wait.since, wait.asked_at or wait.since)
    offered = [question for question in case.offered if question.at >= since]
    if message.answers_to is not None:
        pressed = [q for q in offered[-1:] if q.text_id == message.answers_to]
        return [q.text_id for q in pressed]
    had = [n for n, question in enumerate(offered) if _was_there(question, message.at)]
    if not had:
        return []
    doubtful = [q for q in offered[had[-1] :] if q.state is Delivery.UNKNOWN]
    return [offered[had[-1]].text_id, *(q.text_id for q in doubtful)]


def _was_there(question: Question, at: datetime) -> bool:
    accepted_at = question.accepted_at
    if accepted_at is None or question.state not in ARRIVED:
        return False
    return timedelta() <= at - accepted_at <= COUNTS


def _meant(question: str, message: InboundMessage) -> str | None:
    if question != "closed":
        return answer(WAIT_CHOICES, message.body)
    agreed = answer(CLOSING_ANSWERS, message.body)
    return None if agreed is None else "yes" if agreed else "no"
