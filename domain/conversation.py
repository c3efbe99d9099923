"""The states of a conversation and what leads from one to the next."""

from enum import StrEnum


class State(StrEnum):
    """WAITING stands in the queue; OWNED has exactly one counsellor; CLOSED has an outcome."""

    WAITING = "waiting"
    OWNED = "owned"
    CLOSED = "closed"


class Step(StrEnum):
    """What people do with a conversation."""

    TAKE = "take"
    RELEASE = "release"
    TRANSFER = "transfer"
    CLOSE = "close"
    REOPEN = "reopen"
    TAKE_UP = "take_up"
    """A counsellor follows up what is closed, as the contact agreed."""
    FORGET = "forget"
    """What the contact told is destroyed, as they asked and a person has confirmed."""


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.WAITING, Step.TAKE): State.OWNED,
    (State.OWNED, Step.RELEASE): State.WAITING,
    (State.OWNED, Step.TRANSFER): State.OWNED,
    (State.OWNED, Step.CLOSE): State.CLOSED,
    (State.CLOSED, Step.REOPEN): State.WAITING,
    (State.CLOSED, Step.TAKE_UP): State.OWNED,
    (State.WAITING, Step.FORGET): State.CLOSED,
    (State.OWNED, Step.FORGET): State.CLOSED,
}


class Outcome(StrEnum):
    """How a conversation ended, as the counsellor codes it (domain.md, "Figures")."""

    HELP_BEGUN = "help_begun"
    HANDED_ON = "handed_on"
    INFORMATION = "information"
    NO_FURTHER_CONTACT = "no_further_contact"
    PRANK = "prank"
    OTHER = "other"
