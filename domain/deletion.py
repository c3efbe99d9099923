"""How far has the deletion of a contact come, and why may a person decline it? (domain.md, "The
contact", 6; contract.md, "Timing and speech")."""

from datetime import timedelta
from enum import StrEnum


class Stage(StrEnum):
    """ASKED: they have confirmed it, with nothing open; taken back where something is open after
    all, for then a person decides. CLEARING: nobody finds them by their
    number any more, and what is on its way to them is waited for. TELLING: all is destroyed but the
    address, by which they are told so. DONE: that is gone, too."""

    ASKED = "asked"
    CLEARING = "clearing"
    TELLING = "telling"
    DONE = "done"


class Decline(StrEnum):
    """Why a person does not delete what was asked to be deleted; it stands in the conversation."""

    NOT_THEM = "not_them"
    FORCED = "forced"
    TAKEN_BACK = "taken_back"
    NEEDED = "needed"


LOOKS_AGAIN = timedelta(seconds=2)
"""While something is on its way to them."""

LONGEST = timedelta(hours=24)
"""That something on its way is waited for: as long as it is tried to be sent."""

BACKUPS = timedelta(days=7)
"""How long a back-up may still hold them."""
