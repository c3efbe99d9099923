"""How much does each person carry? By hours, of them at night and at weekends."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.rota import Span
from domain.wall import moment, on_the_wall

NIGHT = time(22), time(6)
"""On the wall clock; it begins on one day and ends on the next."""

_DAY = timedelta(days=1)
_NOTHING = timedelta()

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True)
class Load:
    """As they pass, not as they stand on paper: the night of the long hour is an hour longer."""

    whole: timedelta
    night: timedelta
    weekend: timedelta
    """From Saturday 00:00 to Monday 00:00."""


def loads(
    spans: Iterable[Span], zone: ZoneInfo, start: datetime, end: datetime
) -> dict[UUID, Load]:
    """Of everybody on call within these moments (UTC); two roles at once count once."""
    theirs: dict[UUID, list[Stretch]] = {}
    for span in spans:
        begins, ends = max(span.start, start), min(span.end, end)
        if begins < ends:
            theirs.setdefault(span.member, []).append((begins, ends))
    nights, weekends = list(_nights(zone, start, end)), list(_weekends(zone, start, end))
    return {member: _load(_apart(found), nights, weekends) for member, found in theirs.items()}


def _load(found: list[Stretch], nights: list[Stretch], weekends: list[Stretch]) -> Load:
    whole = sum((ends - begins for begins, ends in found), _NOTHING)
    return Load(whole, _within(found, nights), _within(found, weekends))


def _apart(found: list[Stretch]) -> list[Stretch]:
    """Without overlaps."""
    kept: list[Stretch] = []
    for begins, ends in sorted(found):
        from_ = max(begins, kept[-1][1]) if kept else begins
        if from_ < ends:
            kept.append((from_, ends))
    return kept


def _within(found: list[Stretch], wanted: list[Stretch]) -> timedelta:
    shared = (min(a[1], b[1]) - max(a[0], b[0]) for a in found for b in wanted)
    return sum((each for each in shared if each > _NOTHING), _NOTHING)


def _nights(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Stretch]:
    day = on_the_wall(start, zone).date() - _DAY
    while moment(datetime.combine(day, time()), zone) < end:
        begins, ends = datetime.combine(day, NIGHT[0]), datetime.combine(day + _DAY, NIGHT[1])
        yield moment(begins, zone), moment(ends, zone)
        day += _DAY


def _weekends(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Stretch]:
    day = on_the_wall(start, zone).date()
    saturday = day - timedelta(days=(day.weekday() - 5) % 7)
    while moment(datetime.combine(saturday, time()), zone) < end:
        begins = datetime.combine(saturday, time())
        yield moment(begins, zone), moment(begins + 2 * _DAY, zone)
        saturday += 7 * _DAY
