"""A blocked sender writes: it is kept, and nobody is called by it, unless it tells of danger.

Pure decisions on a `Case`.
"""

from domain.conversation import State
from domain.gate import Gate
from domain.priority import Tier
from handlers.alarm import sign_in
from handlers.case import Case
from handlers.setting import Setting
from handlers.small_words import NOT_SAFE_NOW
from triage import engine
from triage.words import tokens

URGENT = frozenset({Tier.P1, Tier.P2})

BROKEN = "was_blocked"
"""The mark of a conversation whose block a word of danger has ended."""


def is_blocked(case: Case) -> bool:
    """Whether a block holds now; one that has run out, or whose contact has been taken up by
    somebody since, does not."""
    until = case.conversation.blocked_until
    return until is not None and until > case.now and case.conversation.state is State.CLOSED


def stays_blocked(case: Case, body: str, setting: Setting, answers_to: str | None = None) -> bool:
    """Whether this text calls nobody. A word of danger ends the block and is marked, and so does
    a button by which they say what is urgent (`answers_to`: the question under which it was
    pressed). That it is not safe to write counts in silence.
    """
    if not is_blocked(case):
        if case.conversation.state is State.CLOSED and BROKEN in case.conversation.marks:
            case.unmark({BROKEN})
        return False
    pressed = engine.pressed(setting.edition.script, answers_to or "", body)
    if sign_in(case, body, setting) is None and pressed.tier not in URGENT:
        case.heard = body
        not_safe = tokens(body) in NOT_SAFE_NOW or pressed.gate is Gate.CLOSED
        if not_safe and case.contact.gate is not Gate.CLOSED:
            case.know(gate=Gate.CLOSED)
            case.happened("gate_closed")
        return True
    case.stand(blocked_until=None)
    case.mark([BROKEN])
    case.happened("block_broken")
    return False
