"""What does the form of a ladder hold, and what is wrong with it, field by field?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain.escalation import Ladder, LastResort, Step, Ways
from domain.policy import LONGEST, LONGEST_AGAIN, MOST_STEPS, Fault
from domain.rota import ShiftRole
from staff.forms import Form

SPARE = 2
"""Empty rows below those that are filled in."""

NOBODY, COORDINATORS = "nobody", "coordinators"
"""Instead of the id of whoever is the last resort."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Row:
    """One step as it stands in the form."""

    number: str
    after: str
    whom: str
    ways: str


@dataclass(frozen=True)
class Typed:
    """The whole form as it stands in its fields."""

    rows: tuple[Row, ...]
    again: str
    last: str
    last_after: str


def typed(form: Form) -> Typed:
    """As somebody sent it."""
    rows = [
        Row(form.text(f"number{n}"), form.text(f"after{n}"), form.text(f"whom{n}"),
            form.text(f"ways{n}"))
        for n in range(MOST_STEPS + SPARE)
        if form.given(f"after{n}") is not None
    ]  # fmt: skip
    return Typed(tuple(rows), form.text("again"), form.text("last"), form.text("last_after"))


def of_ladder(ladder: Ladder) -> Typed:
    """For a form that begins with what stands written."""
    rows = [
        Row(str(step.number), _written(step.after), step.whom, step.ways)
        for step in ladder.in_order
    ]
    blank = [Row("", "", ShiftRole.PRIMARY, Ways.THEIR_ORDER)] * SPARE
    last = ladder.last
    whom = NOBODY if last is None else str(last.member) if last.member else COORDINATORS
    return Typed(
        (*rows, *blank)[: MOST_STEPS + SPARE],
        _written(ladder.again),
        whom,
        _written(last.after if last is not None else None),
    )


def ladder(form: Form) -> tuple[Ladder, Mapping[str, Fault]]:
    """What it means, and by field what cannot be meant; that is left out."""
    given, found = typed(form), dict[str, Fault]()
    steps = [step for n, row in enumerate(given.rows) if (step := _step(n, row, found))]
    again = _minutes(given.again, "again", LONGEST_AGAIN, found)
    last_after = _minutes(given.last_after, "last_after", LONGEST, found)
    if again == timedelta():
        found["again"] = Fault.UNCLEAR
    return Ladder(tuple(steps), again or None, _last(given.last, last_after, found)), found


def _step(n: int, row: Row, found: dict[str, Fault]) -> Step | None:
    after = _minutes(row.after, f"after{n}", LONGEST, found)
    if after is None:
        return None
    try:
        whom = ShiftRole(row.whom)
    except ValueError:
        found[f"whom{n}"] = Fault.UNKNOWN
        return None
    try:
        ways = Ways(row.ways)
    except ValueError:
        found[f"ways{n}"] = Fault.UNKNOWN
        return None
    number = int(row.number) if row.number.isdecimal() and len(row.number) < 6 else 0
    return Step(number, after, whom, ways)


def _last(written: str, after: timedelta | None, found: dict[str, Fault]) -> LastResort | None:
    if written == NOBODY:
        return None
    if written == COORDINATORS:
        return LastResort(None, after)
    try:
        return LastResort(UUID(written), after)
    except ValueError:
        found["last"] = Fault.UNKNOWN
        return None


def _minutes(
    written: str, field: str, most: timedelta, found: dict[str, Fault]
) -> timedelta | None:
    """None where the field is empty, or holds no whole number of minutes."""
    plain = written.strip()
    if not plain:
        return None
    if not (plain.isascii() and plain.isdecimal() and len(plain) < 6):
        found[field] = Fault.UNCLEAR
        return None
    length = int(plain) * _MINUTE
    if length > most:
        found[field] = Fault.UNCLEAR
        return None
    return length


def _written(length: timedelta | None) -> str:
    return "" if length is None else f"{length / _MINUTE:g}"
