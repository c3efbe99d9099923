"""How may this contact be reached, beside the gate and the hours? What staff note of it."""

from enum import StrEnum

from domain.message import Channel


class Way(StrEnum):
    """A way by which a contact may have agreed to be reached.

    CALL is for people: the line itself calls nobody.
    """

    SMS = "sms"
    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"
    CALL = "call"


OF_CHANNEL: dict[Channel, Way] = {
    Channel.SMS: Way.SMS,
    Channel.WHATSAPP: Way.WHATSAPP,
    Channel.TELEGRAM: Way.TELEGRAM,
}


def written(ways: frozenset[Way] | None) -> str | None:
    """As it is kept; None where nothing was agreed upon."""
    return None if ways is None else " ".join(way for way in Way if way in ways)


def ways_in(kept: str | None) -> frozenset[Way] | None:
    """What `written` kept; a way that this program does not know is none."""
    return None if kept is None else frozenset(way for way in Way if way in kept.split())


P1_TEXTS = frozenset(
    {"p1", "p1_alone", "p1_cannot_call", "waiting_p1", "wait_long_p1", "wait_chosen_p1"}
)
"""They may name danger, also on a telephone that is watched; who we are they may not either
(docs/decisions/0035)."""
