"""Who reads: the keys of one signed-in member, held for the length of one request.

`Database.reading(reader)` gives the same database for that request alone; the loops of the line
have no reader and open nothing that was sealed to the team.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from storage.pairs import Pair


@dataclass(frozen=True)
class MemberKey:
    """A member's own pair, out of their session."""

    member_id: UUID
    generation: int
    pair: Pair


@dataclass(frozen=True)
class Reader:
    """A signed-in member with their own key and, once admitted, the team's by its generation."""

    member: MemberKey
    team: Mapping[int, Pair] = field(default_factory=dict, repr=False)

    @property
    def is_admitted(self) -> bool:
        """Whether they open anything that was sealed to the team."""
        return bool(self.team)
