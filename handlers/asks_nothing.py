"""Does a text wait for no answer? "Tack" to a counsellor does not, nor an answer that has acted.

Pure decisions on a `Case`. Only where a person has the conversation and the contact waits for
nothing yet: a queue is for everybody who is in it, and thanks take no question back.
"""

from datetime import datetime

from domain.conversation import State
from domain.message import InboundMessage
from domain.priority import Tier
from handlers.case import Case
from handlers.follow_up import answers_the_closing_question, ends_the_question
from handlers.setting import Setting
from storage.conversations import SHORT_ANSWER
from triage import danger
from triage.understand import is_courtesy


def asks_nothing(case: Case, message: InboundMessage, setting: Setting) -> bool:
    """An answer to the closing question has acted; a courtesy that answers a question waits to be
    read, and no more; any other text waits for an answer."""
    owned = case.conversation.state is State.OWNED
    if owned and answers_the_closing_question(case, message):
        return True
    if not owned or not _is_courtesy(case, message, setting):
        ends_the_question(case)
        return False
    if case.conversation.waiting_since is not None:
        return True
    if case.asked_by_person or case.conversation.tier is Tier.P1:
        case.stand(waiting_since=message.at)
        case.mark([SHORT_ANSWER])
    return True


def wait_for_an_answer(case: Case, at: datetime) -> None:
    """Since then, or since they have waited already."""
    case.unmark({SHORT_ANSWER} & set(case.conversation.marks))
    if case.conversation.waiting_since is None:
        case.stand(waiting_since=at)


def _is_courtesy(case: Case, message: InboundMessage, setting: Setting) -> bool:
    body = message.body
    if message.media or message.answers_to is not None:
        return False
    if not is_courtesy(setting.edition.script, body):
        return False
    return danger.find(f"{case.heard} {body}", setting.rules) is None
