"""Is it safe to write to this contact? (contract.md, "Safety gate")."""

from enum import StrEnum


class Gate(StrEnum):
    """What the contact has said about writing to them.

    UNKNOWN: not asked or not answered; OPEN: they said yes; CLOSED: they said no; LOST: the line
    was restored from a back-up, and nobody knows what they have said since it was made.
    """

    UNKNOWN = "unknown"
    OPEN = "open"
    CLOSED = "closed"
    LOST = "lost"
