"""Who is on call, and when: what coordinators write down, and what follows from it.

All of it is wall-clock time in the line's zone; `domain.wall` alone knows what moments those are.
Of what says different things about the same time the later kind holds: a pattern, a single shift,
an override; leave and the end of an account hold over all of them, for a gap that is reported is
safer than a name that does not answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from uuid import UUID

WEEK = timedelta(weeks=1)

LONGEST_PATTERN = 53
"""Weeks."""


class ShiftRole(StrEnum):
    """As what somebody is on call (domain.md, "The queue")."""

    PRIMARY = "primary"
    BACKUP = "backup"
    COORDINATOR = "coordinator"
    DUTY = "duty"
    """The duty function: for danger, outside the hours of the others."""


ANSWERING = frozenset({ShiftRole.PRIMARY, ShiftRole.BACKUP, ShiftRole.COORDINATOR})
"""While one of these is on call a contact may be told that somebody answers."""


class Kind(IntEnum):
    """The higher one holds."""

    PATTERN = 0
    SINGLE = 1
    OVERRIDE = 2


@dataclass(frozen=True)
class Hours:
    """A stretch of one weekday (0 is Monday); one that ends at or before its start ends a day
    later, so that 00:00 to 00:00 is the whole day.
    """

    weekday: int
    start: time
    end: time

    def on(self, monday: date) -> tuple[datetime, datetime]:
        """These hours in the week of this Monday, on the wall clock."""
        day = monday + timedelta(days=self.weekday)
        begins = datetime.combine(day, self.start)
        ends = datetime.combine(day, self.end)
        return begins, ends if ends > begins else ends + timedelta(days=1)


ALWAYS = tuple(Hours(weekday, time(), time()) for weekday in range(7))
"""Around the clock."""


@dataclass(frozen=True)
class Turn:
    """Somebody's hours in one of a pattern's weeks (the first is 0)."""

    week: int
    hours: Hours
    member: UUID


@dataclass(frozen=True)
class Pattern:
    """What comes again every `weeks` weeks, from a Monday on.

    Of a role's patterns the one that began last holds, until its own end: a new one needs no
    care about the old. A turn belongs to the pattern that held when it began.
    """

    id: UUID
    role: ShiftRole
    begins: date
    weeks: int
    turns: tuple[Turn, ...]
    ends: date | None = None
    """The first day that is no longer its own."""


@dataclass(frozen=True)
class Shift:
    """Once, from a time on the wall clock to another."""

    id: UUID
    role: ShiftRole
    member: UUID
    start: datetime
    end: datetime
    kind: Kind = Kind.SINGLE
    beside: bool = False
    """With whoever is on call anyway, not instead of them."""


@dataclass(frozen=True)
class Leave:
    """Somebody is away, whatever else is written."""

    id: UUID
    member: UUID
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Rota:
    """Everything written down for one line, or for several that share it."""

    patterns: tuple[Pattern, ...] = ()
    shifts: tuple[Shift, ...] = ()
    leaves: tuple[Leave, ...] = ()
    gone: Mapping[UUID, datetime] = field(default_factory=dict)
    """Whose account ended, and the moment (UTC)."""
    needed: Mapping[ShiftRole, tuple[Hours, ...]] = field(
        default_factory=lambda: {ShiftRole.PRIMARY: ALWAYS}
    )
    """When somebody has to be on call as what; a time without is a gap."""


@dataclass(frozen=True)
class Span:
    """Somebody is on call without a break, in moments (UTC)."""

    role: ShiftRole
    member: UUID
    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Whether it is theirs at this moment."""
        return self.start <= at < self.end


@dataclass(frozen=True)
class Gap:
    """Nobody is on call as what is needed, in moments (UTC)."""

    role: ShiftRole
    start: datetime
    end: datetime


class Fault(StrEnum):
    """What is wrong with something that is to be written down. Staff pages say each in words."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_A_MONDAY = "not_a_monday"
    WEEKS = "weeks"
    OVERLAP = "overlap"
    ON_LEAVE = "on_leave"


LONGEST_SHIFT = timedelta(days=14)
"""Longer is a slip of the pen: nobody is on call for so long without a turn."""


def faults_of_shift(shift: Shift, rota: Rota) -> frozenset[Fault]:
    """Why it cannot be written down beside what stands there; nothing where it can."""
    found = _faults_of_length(shift.start, shift.end)
    same = (
        other
        for other in rota.shifts
        if (other.role, other.kind) == (shift.role, shift.kind) and other.id != shift.id
    )
    if not shift.beside and any(_meet(shift, other) for other in same if not other.beside):
        found |= {Fault.OVERLAP}
    if any(leave.member == shift.member and _meet(shift, leave) for leave in rota.leaves):
        found |= {Fault.ON_LEAVE}
    return found


def faults_of_leave(leave: Leave) -> frozenset[Fault]:
    """Leave may be as long as it likes."""
    return frozenset() if leave.start < leave.end else frozenset({Fault.EMPTY})


def faults_of_pattern(pattern: Pattern) -> frozenset[Fault]:
    """Why it cannot be written down; two turns of one pattern may not be at the same time."""
    found = set()
    if pattern.begins.weekday() != 0:
        found.add(Fault.NOT_A_MONDAY)
    weeks = range(pattern.weeks)
    if not 1 <= pattern.weeks <= LONGEST_PATTERN or any(t.week not in weeks for t in pattern.turns):
        found.add(Fault.WEEKS)
    if not pattern.turns or (pattern.ends is not None and pattern.ends <= pattern.begins):
        found.add(Fault.EMPTY)
    if Fault.WEEKS not in found and _overlap(pattern):
        found.add(Fault.OVERLAP)
    return frozenset(found)


def _faults_of_length(start: datetime, end: datetime) -> frozenset[Fault]:
    if start >= end:
        return frozenset({Fault.EMPTY})
    return frozenset({Fault.TOO_LONG}) if end - start > LONGEST_SHIFT else frozenset()


def _meet(one: Shift, other: Shift | Leave) -> bool:
    return one.start < other.end and other.start < one.end


def _overlap(pattern: Pattern) -> bool:
    """Also of the last week's night with the first week's morning."""
    whole = pattern.weeks * WEEK
    taken = sorted(t.hours.on(pattern.begins + t.week * WEEK) for t in pattern.turns)
    again = [(start + whole, end + whole) for start, end in taken[:1]]
    return _any_meet([*taken, *again])


def _any_meet(stretches: Iterable[tuple[datetime, datetime]]) -> bool:
    until = None
    for start, end in stretches:
        if until is not None and start < until:
            return True
        until = end
    return False
