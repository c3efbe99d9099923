"""How far has a message to a contact come? States never go backwards (design.md, "Out")."""

from enum import StrEnum


class Delivery(StrEnum):
    """The states of one row of the outbox."""

    QUEUED = "queued"
    LEASED = "leased"
    UNKNOWN = "unknown"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    WITHHELD = "withheld"


_D = Delivery

TRANSITIONS: dict[Delivery, frozenset[Delivery]] = {
    _D.QUEUED: frozenset(
        {_D.LEASED, _D.SENT, _D.DELIVERED, _D.UNDELIVERED, _D.FAILED, _D.WITHHELD}
    ),
    _D.LEASED: frozenset({_D.QUEUED, _D.SENT, _D.UNKNOWN, _D.DELIVERED, _D.UNDELIVERED, _D.FAILED}),
    _D.UNKNOWN: frozenset({_D.QUEUED, _D.SENT, _D.DELIVERED, _D.UNDELIVERED, _D.FAILED}),
    _D.SENT: frozenset({_D.DELIVERED, _D.UNDELIVERED, _D.FAILED}),
    _D.DELIVERED: frozenset(),
    _D.UNDELIVERED: frozenset({_D.DELIVERED}),
    _D.FAILED: frozenset(),
    _D.WITHHELD: frozenset(),
}
"""What may follow what. QUEUED after LEASED is a retry of something that surely did not leave;
QUEUED after UNKNOWN follows the provider's own word that it never got it. SENT and what follows
it after QUEUED: the provider takes that word back before we sent again (its list came late, or
its answer to us did). DELIVERED after UNDELIVERED is the one correction a carrier makes."""

PENDING = frozenset({_D.QUEUED, _D.LEASED, _D.UNKNOWN})
"""Not settled yet: what was written to the same contact later waits."""

FINAL = frozenset({_D.DELIVERED, _D.UNDELIVERED, _D.FAILED, _D.WITHHELD})
"""Nothing more is done by itself; a counsellor may resend."""

ACCEPTED = frozenset({_D.SENT, _D.DELIVERED, _D.UNDELIVERED})
"""The provider had it."""

ARRIVED = frozenset({_D.SENT, _D.DELIVERED})
"""As far as is known its contact has it."""

TROUBLE = frozenset({_D.UNDELIVERED, _D.FAILED, _D.UNKNOWN, _D.WITHHELD})
"""A counsellor has to see it."""

_TWILIO = {
    "sent": _D.SENT,
    "delivered": _D.DELIVERED,
    "read": _D.DELIVERED,
    "undelivered": _D.UNDELIVERED,
    "failed": _D.FAILED,
    "canceled": _D.FAILED,
    "accepted": _D.SENT,
    "scheduled": _D.SENT,
    "queued": _D.SENT,
    "sending": _D.SENT,
}


def from_provider(status: str) -> Delivery | None:
    """The state that a provider's status proves; None for a status we do not know.

    Twilio's "queued" means that Twilio has it, which is our SENT
    (https://www.twilio.com/docs/messaging/api/message-resource, "Message status values").
    """
    return _TWILIO.get(status.strip().lower())


def may_follow(now: Delivery, then: Delivery) -> bool:
    """Whether a row may go from `now` to `then`."""
    return then in TRANSITIONS[now]
