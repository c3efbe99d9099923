"""Is it safe to write to this contact? (contract.md, "Safety gate")."""

from enum import StrEnum


class Gate(StrEnum):
    """What the contact has said about writing to them.

    UNKNOWN: not asked or not answered; OPEN: they said yes; CLOSED: they said no.
    """

    UNKNOWN = "unknown"
    OPEN = "open"
    CLOSED = "closed"
