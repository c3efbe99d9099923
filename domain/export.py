"""On what ground may everything about a contact be given out to that contact?"""

from enum import StrEnum


class Ground(StrEnum):
    """Why a coordinator makes an export; the words name the rule."""

    ACCESS = "access"
    """GDPR art. 15: they have asked for what we hold."""
    PORTABILITY = "portability"
    """GDPR art. 20: in a form that a machine reads."""
    PARTY = "party"
    """They are party to the matter (OSL 10:3, förvaltningslagen 10)."""
    BEFORE_DELETION = "before_deletion"
    """They want it before it is deleted."""
