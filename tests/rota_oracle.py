"""Who is on call, found the slow way: minute by minute, by what the wall clock shows then.

Written apart from `domain.on_call` and of other parts: it goes from moments to the wall and knows
no stretches, only whether a minute lies in one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.rota import Hours, Pattern, Rota, ShiftRole

MINUTE = timedelta(minutes=1)
HALF_HOUR = timedelta(minutes=30)
TINY = timedelta(microseconds=1)

Held = frozenset[tuple[ShiftRole, UUID]]
Wanted = tuple[ShiftRole, datetime, datetime]


def paper(at: datetime, zone: ZoneInfo) -> datetime:
    """How far the wall clock has come: in an hour that is shown again it stands still at the end
    of that hour's first showing.
    """
    shown = at.astimezone(zone)
    wall = shown.replace(tzinfo=None, fold=0)
    if not shown.fold:
        return wall
    back = at
    while back.astimezone(zone).fold:
        back -= MINUTE
    return back.astimezone(zone).replace(tzinfo=None, fold=0) + MINUTE - TINY


@dataclass(frozen=True)
class Written:
    """A line of the rota as a stretch of paper."""

    role: ShiftRole
    member: UUID
    start: datetime
    end: datetime
    strength: tuple[int, int]
    beside: bool = False


def _hours(hours: Hours, monday: date) -> tuple[datetime, datetime]:
    start = datetime.combine(monday, hours.start) + timedelta(days=hours.weekday)
    end = datetime.combine(start.date(), hours.end)
    return start, end if hours.end > hours.start else end + timedelta(days=1)


def _holding(rota: Rota, role: ShiftRole, day: date) -> Pattern | None:
    begun = [p for p in rota.patterns if p.role is role and p.begins <= day]
    if not begun:
        return None
    newest = max(begun, key=lambda p: (p.begins, p.id))
    return newest if newest.ends is None or day < newest.ends else None


def _patterned(rota: Rota, role: ShiftRole, first: date, last: date) -> Iterator[Written]:
    day = first
    while day <= last:
        pattern = _holding(rota, role, day)
        if pattern is not None:
            weeks = ((day - pattern.begins).days // 7) % pattern.weeks
            monday = day - timedelta(days=day.weekday())
            order = sorted(rota.patterns, key=lambda p: (p.begins, p.id)).index(pattern)
            for turn in pattern.turns:
                if turn.week == weeks and turn.hours.weekday == day.weekday():
                    yield Written(role, turn.member, *_hours(turn.hours, monday), (0, order))
        day += timedelta(days=1)


def written(rota: Rota, first: date, last: date) -> list[Written]:
    """All that is written down for these days."""
    found = [w for role in ShiftRole for w in _patterned(rota, role, first, last)]
    for order, s in enumerate(rota.shifts):
        strength = (int(s.kind), order)
        found.append(Written(s.role, s.member, s.start, s.end, strength, s.beside))
    return found


@dataclass(frozen=True)
class Minute:
    """What is true in it."""

    at: datetime
    held: Held
    needed: frozenset[ShiftRole]


def minutes(rota: Rota, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Minute]:
    """Each minute (UTC) and who is on call in it."""
    at = start
    while at < end:
        until = min(end, at + timedelta(days=1))
        first = at.astimezone(zone).date() - timedelta(days=9)
        last = until.astimezone(zone).date() + timedelta(days=1)
        lines = written(rota, first, last)
        wanted = list(_wanted(rota, first, last))
        while at < until:
            yield from _half_hour(rota, zone, at, lines, wanted)
            at += HALF_HOUR


def _half_hour(
    rota: Rota, zone: ZoneInfo, start: datetime, lines: list[Written], wanted: list[Wanted]
) -> Iterator[Minute]:
    """No clock of the world changes but at a half hour: the wall goes on by the minute in it."""
    first = paper(start, zone)
    after = first + HALF_HOUR
    lines = [w for w in lines if w.start < after and w.end > first]
    wanted = [w for w in wanted if w[1] < after and w[2] > first]
    away = [x for x in rota.leaves if x.start < after and x.end > first]
    still = bool(start.astimezone(zone).fold)
    for n in range(30):
        at, now = start + n * MINUTE, first if still else first + n * MINUTE
        gone = {x.member for x in away if x.start <= now < x.end}
        gone |= {member for member, since in rota.gone.items() if since <= at}
        held = frozenset(h for h in _held(lines, now) if h[1] not in gone)
        yield Minute(at, held, frozenset(w[0] for w in wanted if w[1] <= now < w[2]))


def _held(lines: list[Written], now: datetime) -> set[tuple[ShiftRole, UUID]]:
    top: dict[ShiftRole, Written] = {}
    held = set()
    for line in lines:
        if line.start <= now < line.end:
            if line.beside:
                held.add((line.role, line.member))
            elif line.role not in top or top[line.role].strength <= line.strength:
                top[line.role] = line
    return held | {(line.role, line.member) for line in top.values()}


def _wanted(rota: Rota, first: date, last: date) -> Iterator[Wanted]:
    day = first
    while day <= last:
        monday = day - timedelta(days=day.weekday())
        for role, hours in rota.needed.items():
            for each in hours:
                if each.weekday == day.weekday():
                    yield role, *_hours(each, monday)
        day += timedelta(days=1)
