"""What a search found, ready for a page."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.search import Snippet
from handlers.seen import Row


@dataclass(frozen=True)
class Passage:
    """Where something that was searched for stands."""

    id: UUID
    """The message's or the note's."""
    at: datetime
    snippet: Snippet
    note: bool


@dataclass(frozen=True)
class Found:
    """A conversation that was found."""

    row: Row
    closed_at: datetime | None
    passages: tuple[Passage, ...]
    """None where only the alias was looked for, or where a reason has to be given first."""
    asks: bool = False
    """A reason has to be given first: it was not looked through."""


@dataclass(frozen=True)
class Search:
    """What a search found, the newest first."""

    words: str
    found: tuple[Found, ...]
    whole: bool
    """False where it stopped before it had looked through everything."""
    sealed: bool = False
    """There is more, and who looks was not admitted to it."""
    through: int = 0
    """Conversations that were looked through: those that are open to them now."""
    left_out: int = 0
    """Conversations for which a reason has to be given first; what they hold is not counted."""
