"""What follows from a rota: who is on call from when to when, and where nobody is."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import heappop, heappush
from itertools import pairwise
from operator import attrgetter
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.rota import WEEK, Gap, Hours, Kind, Pattern, Rota, ShiftRole, Span
from domain.wall import moment, on_the_wall

_DAY = timedelta(days=1)
_FOREVER = datetime.max.replace(tzinfo=UTC)

Stretch = tuple[datetime, datetime]


def expand(rota: Rota, zone: ZoneInfo, start: datetime, end: datetime) -> list[Span]:
    """Who is on call within these moments (UTC), by start.

    Two of one role at the same time only where a shift says "beside". A span that goes on beyond
    the moments asked for is cut there.
    """
    found: list[Span] = []
    for role in ShiftRole:
        pieces, beside = _pieces(rota, role, zone, start, end)
        found += [*_laid(role, pieces), *beside]
    there = _less_those_away(rota, zone, found)
    return _joined(_within(there, start, end))


def gaps(
    rota: Rota, zone: ZoneInfo, start: datetime, end: datetime, out: Collection[UUID] = ()
) -> list[Gap]:
    """Where nobody is on call as what is needed within these moments (UTC), by start.

    `out`: members whose shifts do not count, since they cannot read what they are called for.
    """
    spans = [span for span in expand(rota, zone, start, end) if span.member not in out]
    found: list[Gap] = []
    for role, hours in rota.needed.items():
        covered = _union((s.start, s.end) for s in spans if s.role is role)
        for begins, ends in _union(_of_hours(hours, zone, start, end)):
            needed = max(begins, start), min(ends, end)
            found += [Gap(role, *rest) for rest in _less(needed, covered)]
    return sorted(found, key=attrgetter("start", "role"))


@dataclass(frozen=True, slots=True)
class _Piece:
    """One thing written down, in moments; of two at the same time the higher rank holds."""

    start: datetime
    end: datetime
    member: UUID
    rank: tuple[int, int]


def _pieces(
    rota: Rota, role: ShiftRole, zone: ZoneInfo, start: datetime, end: datetime
) -> tuple[list[_Piece], list[Span]]:
    pieces, beside = list(_of_patterns(rota, role, zone, start, end)), []
    for order, shift in enumerate(rota.shifts):
        if shift.role is not role:
            continue
        begins, ends = moment(shift.start, zone), moment(shift.end, zone)
        if begins >= end or ends <= start:
            continue
        if shift.beside:
            beside.append(Span(role, shift.member, begins, ends))
        else:
            pieces.append(_Piece(begins, ends, shift.member, (shift.kind, order)))
    return pieces, beside


def _of_patterns(
    rota: Rota, role: ShiftRole, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[_Piece]:
    ours = sorted((p for p in rota.patterns if p.role is role), key=attrgetter("begins", "id"))
    first = on_the_wall(start, zone).date() - 2 * _DAY
    last = on_the_wall(end, zone).date() + _DAY
    for order, pattern in enumerate(ours):
        followed = ours[order + 1].begins if order + 1 < len(ours) else date.max
        until = min(followed, pattern.ends or date.max, last)
        for begins, ends, member in _turns(pattern, max(first, pattern.begins), until):
            from_, to = moment(begins, zone), moment(ends, zone)
            if from_ < end and to > start:
                yield _Piece(from_, to, member, (Kind.PATTERN, order))


def _turns(pattern: Pattern, first: date, until: date) -> Iterator[tuple[datetime, datetime, UUID]]:
    """The turns that begin on these days, on the wall clock."""
    number = (first - pattern.begins) // WEEK
    monday = pattern.begins + number * WEEK
    while monday < until:
        for turn in pattern.turns:
            if turn.week == number % pattern.weeks:
                begins, ends = turn.hours.on(monday)
                if first <= begins.date() < until:
                    yield begins, ends, turn.member
        number, monday = number + 1, monday + WEEK


def _of_hours(
    hours: Sequence[Hours], zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[Stretch]:
    first = on_the_wall(start, zone).date() - 2 * _DAY
    monday, last = first - first.weekday() * _DAY, on_the_wall(end, zone).date()
    while monday <= last:
        for each in hours:
            begins, ends = (moment(wall, zone) for wall in each.on(monday))
            if begins < end and ends > start:
                yield begins, ends
        monday += WEEK


def _laid(role: ShiftRole, pieces: list[_Piece]) -> Iterator[Span]:
    """Pieces upon each other, of which the topmost is seen."""
    pieces = sorted(pieces, key=attrgetter("start"))
    bounds = sorted({at for piece in pieces for at in (piece.start, piece.end)})
    heap: list[tuple[int, int, int, _Piece]] = []
    begun = 0
    for at, following in pairwise(bounds):
        while begun < len(pieces) and pieces[begun].start <= at:
            kind, order = pieces[begun].rank
            heappush(heap, (-kind, -order, -begun, pieces[begun]))
            begun += 1
        while heap and heap[0][-1].end <= at:
            heappop(heap)
        if heap:
            yield Span(role, heap[0][-1].member, at, following)


def _less_those_away(rota: Rota, zone: ZoneInfo, spans: Iterable[Span]) -> Iterator[Span]:
    away: dict[UUID, list[Stretch]] = {m: [(at, _FOREVER)] for m, at in rota.gone.items()}
    for leave in rota.leaves:
        stretch = moment(leave.start, zone), moment(leave.end, zone)
        away.setdefault(leave.member, []).append(stretch)
    merged = {member: _union(stretches) for member, stretches in away.items()}
    for span in spans:
        for start, end in _less((span.start, span.end), merged.get(span.member, [])):
            yield Span(span.role, span.member, start, end)


def _within(spans: Iterable[Span], start: datetime, end: datetime) -> Iterator[Span]:
    for span in spans:
        if span.start < end and span.end > start:
            begins, ends = max(span.start, start), min(span.end, end)
            yield Span(span.role, span.member, begins, ends)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """What one person has without a break is one span."""
    found: list[Span] = []
    last: dict[tuple[ShiftRole, UUID], int] = {}
    for span in sorted(spans, key=attrgetter("start")):
        key = span.role, span.member
        before = found[last[key]] if key in last else None
        if before is not None and span.start <= before.end:
            until = max(before.end, span.end)
            found[last[key]] = Span(span.role, span.member, before.start, until)
        else:
            last[key] = len(found)
            found.append(span)
    return found


def _union(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Without overlaps and in order; what touches is one. Empty ones are left out."""
    found: list[Stretch] = []
    for start, end in sorted(s for s in stretches if s[0] < s[1]):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def _less(whole: Stretch, taken: Sequence[Stretch]) -> Iterator[Stretch]:
    """What is left of it; `taken` is in order and without overlaps."""
    at, until = whole
    for start, end in taken:
        if end <= at:
            continue
        if start >= until:
            break
        if start > at:
            yield at, start
        at = end
    if at < until:
        yield at, until
