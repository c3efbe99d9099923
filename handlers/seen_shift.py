"""What somebody is shown of working a shift: help, what was taken over, what is to be said."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Help:
    """Beside a conversation that somebody has."""

    asked_at: datetime | None
    """None: nobody asked, or no more."""
    helper: str | None
    """The coordinator who is with them."""
    taken_from_me: bool = False
    """The reader had it until a coordinator took it over, and has not said that they know."""


NO_HELP = Help(None, None)


@dataclass(frozen=True)
class TakenOver:
    """A conversation that the reader had until a coordinator took it over."""

    id: UUID
    alias: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Debrief:
    """The reader closed a P1 then."""

    id: UUID
    asked_at: datetime


@dataclass(frozen=True)
class SwapAsked:
    """A colleague wants to be freed of a shift; the times are on the wall clock."""

    rota_id: UUID
    asker: str
    start: datetime
    end: datetime
    of_me: bool
    """Else of everybody."""


@dataclass(frozen=True)
class OwnShift:
    """What the reader's own queue says beside its rows."""

    since: datetime | None
    """When they started; None: they are not at work."""
    taken_over: tuple[TakenOver, ...] = ()
    debriefs: tuple[Debrief, ...] = ()
    swaps: tuple[SwapAsked, ...] = ()
    """Those that the reader may accept."""
    unwakable: str = ""
    """They are on call and nothing can wake them: none or broken; empty: something does."""

    def without(self, kept: Collection[UUID]) -> "OwnShift":
        """For somebody who must stay away from these conversations."""
        return replace(self, taken_over=tuple(one for one in self.taken_over if one.id not in kept))


NO_SHIFT = OwnShift(None)
