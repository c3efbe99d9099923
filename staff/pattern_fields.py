"""A pattern as a form: the shifts of a day, who has them each week, and days that differ."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, time
from uuid import UUID

from domain.rota import LONGEST_PATTERN, Hours, Pattern, ShiftRole, Turn
from handlers.errors import BadInput
from staff.forms import Form

MOST_SHIFTS = 4
NOBODY = "-"
"""On a day of a week that somebody else has."""

DAYS = range(7)


@dataclass(frozen=True)
class Shape:
    """When a pattern begins, how many weeks it has, and at which times its shifts are."""

    role: ShiftRole
    begins: date
    weeks: int
    shifts: tuple[tuple[time, time], ...]


@dataclass(frozen=True)
class Typed:
    """The fields of both forms, as they are written."""

    role: str
    begins: str
    weeks: str
    times: tuple[tuple[str, str], ...]
    cells: dict[str, str] = field(default_factory=dict)
    """By `week(…)` or `cell(…)`: a member's id, NOBODY, or empty."""


def week(number: int, shift: int) -> str:
    """The field of who has a shift all week."""
    return f"w{number}s{shift}"


def cell(number: int, shift: int, day: int) -> str:
    """The field of who has it on one day; empty: as all week."""
    return f"w{number}s{shift}d{day}"


def typed(form: Form) -> Typed:
    """What was sent, also where it cannot be meant."""
    times = tuple((form.text(f"from{n}"), form.text(f"to{n}")) for n in range(1, MOST_SHIFTS + 1))
    cells = {name: form.text(name) for name in form.fields if name.startswith("w")}
    return Typed(form.text("role"), form.text("begins"), form.text("weeks"), times, cells)


def shape(form: Form) -> Shape:
    """Raises BadInput (role, begins, weeks or times)."""
    role, begins = form.choice("role", ShiftRole), form.day("begins")
    weeks = form.number("weeks")
    if not 1 <= weeks <= LONGEST_PATTERN:
        raise BadInput("pattern", "weeks")
    if begins.weekday() != 0:
        raise BadInput("pattern", "not_a_monday")
    shifts = tuple((_time(start), _time(end)) for start, end in typed(form).times if start or end)
    if not shifts:
        raise BadInput("times", "empty")
    return Shape(role, begins, weeks, shifts)


def turns(form: Form, known: Shape) -> tuple[Turn, ...]:
    """Who has which shift. Raises BadInput (member: unknown)."""
    found = []
    for number in range(known.weeks):
        for shift, (start, end) in enumerate(known.shifts):
            for day in DAYS:
                whose = form.text(cell(number, shift, day)) or form.text(week(number, shift))
                if whose not in ("", NOBODY):
                    found.append(Turn(number, Hours(day, start, end), _member(whose)))
    return tuple(found)


def like(pattern: Pattern, begins: date) -> Typed | None:
    """The form that would make this pattern again; None where it has too many kinds of shifts."""
    shifts = sorted({(t.hours.start, t.hours.end) for t in pattern.turns})
    if len(shifts) > MOST_SHIFTS:
        return None
    cells: dict[str, str] = {}
    for number in range(pattern.weeks):
        for shift, times in enumerate(shifts):
            ours = {
                t.hours.weekday: str(t.member)
                for t in pattern.turns
                if t.week == number and (t.hours.start, t.hours.end) == times
            }
            cells |= _cells(number, shift, ours)
    blank = [("", "")] * (MOST_SHIFTS - len(shifts))
    written = [(f"{start:%H:%M}", f"{end:%H:%M}") for start, end in shifts]
    return Typed(pattern.role, begins.isoformat(), str(pattern.weeks), (*written, *blank), cells)


def _cells(number: int, shift: int, ours: dict[int, str]) -> dict[str, str]:
    """Whoever has most of the days has the week."""
    if not ours:
        return {}
    most = Counter(ours.values()).most_common(1)[0][0]
    found = {week(number, shift): most}
    for day in DAYS:
        whose = ours.get(day, NOBODY)
        if whose != most:
            found[cell(number, shift, day)] = whose
    return found


def _time(written: str) -> time:
    try:
        return time.fromisoformat(written).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise BadInput("times", "unclear") from None


def _member(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise BadInput("member", "unknown") from None
