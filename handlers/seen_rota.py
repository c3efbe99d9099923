"""What staff are shown of a rota: values ready for a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.load import Load
from domain.rota import Gap, Hours, Pattern, ShiftRole, Span
from domain.swap_fit import Hindrance
from handlers.seen import OnCall


@dataclass(frozen=True)
class Person:
    """Somebody who can be on call: the duty function may be anybody, the rest must read."""

    id: UUID
    name: str
    reads: bool


@dataclass(frozen=True)
class RotaOf:
    """A rota, by the lines that go by it; by none where it is kept unused."""

    id: UUID
    lines: tuple[str, ...]
    made_at: datetime


@dataclass(frozen=True)
class LineOf:
    """A line, and by which rota it goes; None: everybody who reads is on call."""

    id: UUID
    name: str
    rota_id: UUID | None


@dataclass(frozen=True)
class Lines:
    """Every line and every rota."""

    lines: tuple[LineOf, ...]
    rotas: tuple[RotaOf, ...]

    @property
    def used(self) -> tuple[RotaOf, ...]:
        """The rotas that a line goes by."""
        return tuple(rota for rota in self.rotas if rota.lines)


@dataclass(frozen=True)
class Written:
    """A single shift or an override as it stands on paper, on the wall clock."""

    id: UUID
    role: ShiftRole
    name: str
    start: datetime
    end: datetime
    instead: bool
    beside: bool


@dataclass(frozen=True)
class Away:
    """Somebody's leave, on the wall clock."""

    id: UUID
    name: str
    start: datetime
    end: datetime
    mine: bool


@dataclass(frozen=True)
class AskedSwap:
    """A swap that nobody has answered yet; the times are on the wall clock."""

    id: UUID
    role: ShiftRole
    asker: str
    start: datetime
    end: datetime
    wanted: tuple[str, datetime, datetime] | None
    """From whom the asker would take what; None: whoever can may take it."""
    may_accept: bool
    hindered: Hindrance | None
    """What keeps the reader from taking it; their own is nothing to take."""
    may_withdraw: bool


@dataclass(frozen=True)
class Coming:
    """A shift to come that could be asked for in exchange, on the wall clock."""

    member: UUID
    name: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Carried:
    """What one person carries in some days."""

    name: str
    load: Load
    p1s: int
    """That they took, on call or not."""


@dataclass(frozen=True)
class RotaPage:
    """Some days of a rota."""

    rota: RotaOf
    lines: Lines
    on_call: tuple[OnCall, ...]
    names: Mapping[UUID, str]
    """Of everybody who ever worked here."""
    spans: tuple[Span, ...]
    """Those that meet the days, cut a day before and after them (UTC)."""
    gaps: tuple[Gap, ...]
    """Within the days."""
    coming_gaps: tuple[Gap, ...]
    """Of the next 14 days."""
    loads: tuple[Carried, ...]
    """Of the days; who carries most comes first."""
    leaves: tuple[Away, ...]
    """Those that meet the days."""
    may_change: bool
    swaps: tuple[AskedSwap, ...]


@dataclass(frozen=True)
class Paper:
    """What a rota is made of, for whoever changes it."""

    rota: RotaOf
    people: tuple[Person, ...]
    names: Mapping[UUID, str]
    patterns: tuple[Pattern, ...]
    """Those that have not ended, the newest first."""
    needed: Mapping[ShiftRole, tuple[Hours, ...]]
    shifts: tuple[Written, ...]
    """Those that meet the stretch that was asked about."""
    today: date
