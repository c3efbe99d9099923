"""Who reads: the keys of one signed-in member, held for the length of one request.

`Database.reading(reader)` gives the same database for that request alone; the loops of the line
have no reader and open nothing that was sealed to the team.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from storage.pairs import Boxes, Pair


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


@dataclass(frozen=True)
class To:
    """To whom it is sealed what is written in a conversation."""

    contact_id: UUID
    generation: int
    public: bytes


@dataclass(frozen=True)
class Locked:
    """A contact's private half as it is stored: sealed to this generation of the team."""

    team: int
    sealed: bytes = field(repr=False)


@dataclass
class Held:
    """What one transaction has worked out about the keys of texts: each of it once."""

    to: dict[UUID, To | None] = field(default_factory=dict)
    """By conversation; None where a text lies under the server's key alone."""
    boxes: Boxes | None = None
    """In which the keys of this transaction are sealed, each contact's to their own pair."""
    fresh: dict[UUID, tuple[bytes, bytes]] = field(default_factory=dict, repr=False)
    """By contact: the key of what is written now, and the same as it stands before the text."""
    whose: dict[UUID, UUID] = field(default_factory=dict)
    """By conversation: its contact, where it was looked up to read."""
    locked: dict[tuple[UUID, int], Locked] = field(default_factory=dict)
    """By contact and generation."""
    pairs: dict[tuple[UUID, int], Pair] = field(default_factory=dict)
    opened: dict[bytes, bytes] = field(default_factory=dict, repr=False)
    """By what stands before a text: the key of its transaction."""
    hidden: bool = False
    """There is a team, and who reads was not admitted to it: nothing is opened for them."""


@dataclass
class Lately:
    """What the line itself, which has no reader, has worked out for contacts since it last forgot.

    Who writes is answered at once and often writes again: that is sealed under one key, held for a
    minute at most. `Database.forget` empties it.
    """

    pairs: dict[bytes, To] = field(default_factory=dict)
    """By a public half as it is stored: whose it is."""
    keys: dict[To, tuple[bytes, bytes]] = field(default_factory=dict, repr=False)
    """The key, and the same as it stands before the text."""

    def forget(self) -> None:
        """All of it."""
        self.pairs.clear()
        self.keys.clear()


@dataclass
class NoTeam:
    """When a process last saw that there was no team; nobody asks again for a while."""

    seen_at: datetime | None = None
