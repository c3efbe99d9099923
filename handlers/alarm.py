"""What is heard whenever it is said: danger, "not safe to write", "I cannot call".

Pure decisions on a `Case`, whatever state it is in and whether a person or the questions have it.
"""

from domain.conversation import State
from domain.gate import Gate
from domain.message import InboundMessage
from domain.priority import Tier
from handlers.case import Case
from handlers.setting import Setting
from handlers.small_words import NO_CALL
from triage import danger, engine
from triage.danger import Sign
from triage.understand import is_human
from triage.words import tokens

CANNOT_CALL = "cannot_call"
"""The reason that staff read."""

_TOLD_WHEN_OWNED = frozenset({"stop", "stop_start", "delete_ask"})


def tell(case: Case, text_id: str, setting: Setting) -> None:
    """The machine says this text of the script, unless a person has the conversation."""
    if case.conversation.state is not State.OWNED or text_id in _TOLD_WHEN_OWNED:
        case.say(text_id, case.voice(setting.edition.script).says(text_id))


def sign_in(case: Case, body: str, setting: Setting) -> Sign | None:
    """Of danger: in the text, or in it together with the one just before it."""
    sign = danger.find(body, setting.rules)
    if sign is None and case.heard:
        sign = danger.find(f"{case.heard} {body}", setting.rules)
    return sign


def danger_in(case: Case, body: str, setting: Setting, *, late: bool) -> None:
    """Signs of danger in the text, or in it together with the one just before it."""
    sign = sign_in(case, body, setting)
    case.heard = body
    if sign is None or case.conversation.state is State.CLOSED:
        return
    case.raise_tier(Tier.P1, f"{sign.kind}_words")
    if not late:
        _tell_p1(case, setting)


def answered_late(case: Case, message: InboundMessage, setting: Setting, *, silent: bool) -> None:
    """Nothing is asked anew by it, but "not safe", danger and what staff must see (under 18) count
    whenever they are said."""
    effects = engine.pressed(setting.edition.script, message.answers_to or "", message.body)
    if effects.gate is Gate.CLOSED:
        stop_writing(case, setting, silent=silent)
    if effects.mark is not None:
        case.mark([effects.mark])
    if effects.tier is not None:
        case.raise_tier(effects.tier, effects.reason or "triage")
        if effects.tier is Tier.P1 and not silent:
            _tell_p1(case, setting)


def stop_writing(case: Case, setting: Setting, *, silent: bool) -> None:
    """Somebody may be looking over their shoulder: the one text, then nothing until they write."""
    if case.contact.gate is not Gate.CLOSED:
        case.know(gate=Gate.CLOSED)
        case.happened("gate_closed")
    case.raise_tier(Tier.P2, "not_safe_now")
    if case.asking:
        case.leave_to_people()
    if not silent:
        tell(case, "not_safe", setting)


def cannot_call(case: Case, body: str, setting: Setting) -> None:
    """The answer to `p1`, which says "Can't call? Reply 9": heard once, and staff see it."""
    talk = case.conversation
    waits = talk.state is State.WAITING and talk.p1_said_at is not None and not case.asking
    if not waits or CANNOT_CALL in talk.reasons:
        return
    if is_human(setting.edition.script, body) or tokens(body) in NO_CALL:
        case.because(CANNOT_CALL)
        case.happened("tier_raised", CANNOT_CALL)
        if not setting.alone:
            tell(case, "p1_cannot_call", setting)


def _tell_p1(case: Case, setting: Setting) -> None:
    if case.asking:
        case.ask(danger=True)
    elif case.conversation.state is State.WAITING and case.conversation.p1_said_at is None:
        tell(case, "p1_alone" if setting.alone else "p1", setting)
        case.stand(p1_said_at=case.now)
