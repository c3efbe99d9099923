"""What a coordinator is shown of the line as a whole: figures, aliases and names of colleagues."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.caseload import Full
from domain.priority import Tier
from domain.rota import ShiftRole
from handlers.seen import OnCall, Row, Task
from handlers.seen_duties import SeenDuty
from handlers.seen_ways import Unwakable


@dataclass(frozen=True)
class LineBoard:
    """The figures of one line."""

    name: str
    waiting: Mapping[Tier, int]
    """By tier as risen by waiting; each tier is there."""
    active: Mapping[Tier, int]
    """Those that a counsellor has."""
    held: int
    """Of both, those in which it is not safe to write now."""
    oldest: datetime | None
    """Since when whoever has waited longest waits for a person, in the queue or with a counsellor;
    None: nobody does. Those to whom it is not safe to write are left out here and in `over`."""
    over: int
    """How many have waited longer than their tier's target."""
    unanswered: int
    """P1s that wait and of whose pages none was acknowledged."""
    undelivered: int
    """Messages that did not reach their contacts and that nobody has seen to."""
    unreached: int
    """Pages that could not be delivered."""
    gaps: int | None
    """In the next 14 days; None: it goes by no rota."""
    covered: bool
    """Somebody is on call now."""

    @property
    def waits(self) -> int:
        """In all tiers."""
        return sum(self.waiting.values())

    @property
    def in_hands(self) -> int:
        """In all tiers."""
        return sum(self.active.values())

    @property
    def calm(self) -> bool:
        """Nothing is open and nothing is amiss."""
        amiss = (self.unanswered, self.undelivered, self.unreached, self.gaps or 0)
        return self.covered and not any((self.waits, self.in_hands, *amiss))


@dataclass(frozen=True)
class Unanswered:
    """A P1 that waits and of whose pages none was acknowledged."""

    row: Row
    pages: int
    """That left, or are about to."""
    last_at: datetime | None
    names: tuple[str, ...]
    """Who was paged."""
    delivered: int
    """Of these pages, those that are known to have arrived."""
    tried: bool
    """A step of its ladder was climbed: without `pages` nobody could be paged."""


@dataclass(frozen=True)
class PersonBoard:
    """Somebody who is on call, or who has a conversation though they are not."""

    name: str
    shifts: tuple[OnCall, ...]
    """None: they are not on call now."""
    load: Mapping[Tier, int]
    """Their conversations, P1 first; tiers without any are left out."""
    rows: tuple[Row, ...]
    """Their most urgent ones."""
    full: Full | None
    """Why they can be given no more on any line; None: they can."""

    @property
    def count(self) -> int:
        """How many conversations they have."""
        return sum(self.load.values())


@dataclass(frozen=True)
class UnreachedBoard:
    """Somebody to whom pages could not be delivered."""

    name: str
    line: str
    count: int
    last_at: datetime


@dataclass(frozen=True)
class GapBoard:
    """Nobody is on call as what is needed."""

    rota_id: UUID
    lines: tuple[str, ...]
    role: ShiftRole
    start: datetime
    end: datetime


@dataclass(frozen=True)
class AskedBoard:
    """For whom codes were sent to telephones in the last day."""

    name: str
    numbers: int
    """To so many different ones; which they are stands nowhere."""


@dataclass(frozen=True)
class Board:
    """The whole board. Of each list the first; the figures say how many there are."""

    lines: tuple[LineBoard, ...]
    unanswered: tuple[Unanswered, ...]
    over: tuple[Row, ...]
    people: tuple[PersonBoard, ...]
    undelivered: tuple[Task, ...]
    unreached: tuple[UnreachedBoard, ...]
    gaps: tuple[GapBoard, ...]
    unwakable: tuple[Unwakable, ...]
    """On call, and nothing can wake them."""
    asked: tuple[AskedBoard, ...]
    event: int
    """The number of the last event that this picture holds."""
    duties: tuple[SeenDuty, ...] = ()
    """What has to be reported, what is due first first."""

    @property
    def calm(self) -> bool:
        """Nothing is open and nothing is amiss on any line."""
        return not self.unwakable and not self.duties and all(line.calm for line in self.lines)

    @property
    def waits(self) -> int:
        """How many stand in the queue."""
        return sum(line.waits for line in self.lines)


@dataclass(frozen=True)
class Candidate:
    """Somebody to whom a conversation could be given."""

    id: UUID
    name: str
    count: int
    """Conversations that they have."""
    urgent: int
    """Of these, P1s."""
    at_work: bool
    """They have begun their shift."""
    on_call: bool
    """So the rota says."""
    full: Full | None
    """Why they can be given no more on this line; None: they can."""

    @property
    def place(self) -> int:
        """Who is awake and can have it comes first."""
        if self.at_work:
            return 0 if self.full is None else 1
        return 2 if self.on_call else 3


@dataclass(frozen=True)
class Reassigning:
    """One conversation as it stands on the board."""

    row: Row
    owner_id: UUID | None
    to: tuple[Candidate, ...]
    """Whoever is at work and has room comes first, then whoever has least."""

    @property
    def at_work(self) -> tuple[UUID, ...]:
        """Of these, who is at work."""
        return tuple(one.id for one in self.to if one.at_work)
