"""Does somebody have to say why, before they open a conversation?

Need-based access: what is theirs and what waits is opened at once, at night, too. Nothing else is,
but for a reason that is written down.
"""

from datetime import timedelta
from enum import StrEnum

from domain.conversation import State

LASTS = timedelta(minutes=60)
"""For so long a reason counts for one member and one conversation."""


class Reason(StrEnum):
    """What somebody says who opens a conversation that is neither theirs nor waiting.

    No words of their own: they might hold a name, and the log holds no content. Who has more to
    say writes an internal note, which is locked as all notes are.
    """

    COLLEAGUE = "colleague"
    """Its counsellor has asked them to."""
    CONTACT = "contact"
    """The contact is with them, or has asked for them."""
    TASK = "task"
    """A follow-up, a text that did not arrive, a wish to be deleted."""
    DANGER = "danger"
    REVIEW = "review"
    """Supervision, a complaint, a question from outside."""
    OTHER = "other"


class Ground(StrEnum):
    """What stands for a reason without being asked for."""

    HAD_IT = "had_it"
    """It was theirs until just now."""
    HELP = "help"
    """Its counsellor has asked for help, and they answer it or may."""
    EXPORT = "export"
    """All of it is given to the contact, on a ground that stands in the register."""
    PAGED = "paged"
    """They were woken because of it, and it still calls for somebody."""


def is_open_to(state: State, owner_id: object, member_id: object) -> bool:
    """Theirs, or waiting: nobody asks why."""
    return state is State.WAITING or (state is State.OWNED and owner_id == member_id)
