"""When is it told that nobody will be on call? A day ahead, and once more shortly before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.rota import Gap, ShiftRole

DAY, SOON = timedelta(hours=24), timedelta(hours=4)
AHEAD = (DAY, SOON)
"""So long before a gap begins; where it has begun already at once, and once."""


@dataclass(frozen=True)
class Told:
    """It was told of a gap, so long ahead."""

    id: UUID
    role: ShiftRole
    ahead: timedelta
    start: datetime
    end: datetime

    def is_of(self, gap: Gap) -> bool:
        """Where one begins that goes on for long is found out anew with every look; it is the same
        gap as long as the two have time in common."""
        return self.role is gap.role and self.start < gap.end and gap.start < self.end


@dataclass(frozen=True)
class Plan:
    """What is to be done about the gaps of one rota."""

    tell: timedelta | None
    """How far ahead is told, of all of them at once; None: nothing is to be told."""
    fresh: tuple[tuple[Gap, timedelta], ...]
    """Of which gaps this is, by how far ahead; of one told shortly before the day ahead, too."""
    longer: tuple[tuple[Told, datetime], ...]
    """Told of already, and found to last longer."""
    over: tuple[Told, ...]
    """Told of, and no gap any more: should it come again it is another one."""


def plan(gaps: Sequence[Gap], told: Sequence[Told], now: datetime) -> Plan:
    """From all gaps around now, and all that was told of this rota."""
    fresh = [
        (gap, ahead)
        for gap in gaps
        for ahead in AHEAD
        if gap.end > now and gap.start - now <= ahead and not _known(gap, ahead, told)
    ]
    return Plan(
        tell=min((ahead for _, ahead in fresh), default=None),
        fresh=tuple(fresh),
        longer=tuple(_longer(gaps, told)),
        over=tuple(one for one in told if not any(one.is_of(gap) for gap in gaps)),
    )


def _known(gap: Gap, ahead: timedelta, told: Iterable[Told]) -> bool:
    return any(one.ahead == ahead and one.is_of(gap) for one in told)


def _longer(gaps: Sequence[Gap], told: Iterable[Told]) -> Iterable[tuple[Told, datetime]]:
    for one in told:
        end = max((gap.end for gap in gaps if one.is_of(gap)), default=one.end)
        if end - one.end >= timedelta(hours=1):
            yield one, end
