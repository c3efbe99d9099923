"""Who works at the line?"""

from dataclasses import dataclass
from uuid import UUID

from domain.access import Act, Role, may, who_may

__all__ = ["READERS", "Member", "Role"]

READERS = who_may(Act.READ)
"""The roles that may open a conversation."""


@dataclass(frozen=True)
class Member:
    """Somebody signed in."""

    id: UUID
    name: str
    role: Role

    def may(self, act: Act) -> bool:
        """Whether their role lets them."""
        return may(self.role, act)

    @property
    def reads(self) -> bool:
        """Whether they may open conversations at all."""
        return self.may(Act.READ)
