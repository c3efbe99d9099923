"""A blocked sender writes: it is kept, and nobody is called by it, unless it tells of danger.

Pure decisions on a `Case`.
"""

from domain.conversation import State
from handlers.alarm import sign_in
from handlers.case import Case
from handlers.setting import Setting

BROKEN = "was_blocked"
"""The mark of a conversation whose block a word of danger has ended."""


def is_blocked(case: Case) -> bool:
    """Whether a block holds now; one that has run out, or whose contact has been taken up by
    somebody since, does not."""
    until = case.conversation.blocked_until
    return until is not None and until > case.now and case.conversation.state is State.CLOSED


def stays_blocked(case: Case, body: str, setting: Setting) -> bool:
    """Whether this text calls nobody. A word of danger ends the block and is marked."""
    if not is_blocked(case):
        if case.conversation.state is State.CLOSED and BROKEN in case.conversation.marks:
            case.unmark({BROKEN})
        return False
    if sign_in(case, body, setting) is None:
        case.heard = body
        return True
    case.stand(blocked_until=None)
    case.mark([BROKEN])
    case.happened("block_broken")
    return False
