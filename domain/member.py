"""Who works at the line, and what each may do."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """COUNSELLOR and COORDINATOR read conversations; ADMIN and REPORTER never do (domain.md)."""

    COUNSELLOR = "counsellor"
    COORDINATOR = "coordinator"
    ADMIN = "admin"
    REPORTER = "reporter"


READERS = frozenset({Role.COUNSELLOR, Role.COORDINATOR})
"""The roles that may open a conversation."""


@dataclass(frozen=True)
class Member:
    """Somebody signed in."""

    id: UUID
    name: str
    role: Role

    @property
    def reads(self) -> bool:
        """Whether they may open conversations at all."""
        return self.role in READERS
