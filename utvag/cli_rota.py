"""`utvag rota …`: who is on call, where nobody is, and shifts out of a calendar file."""

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from domain.rota import ShiftRole
from domain.wall import moment
from handlers.errors import BadInput, NotFound
from handlers.house import House
from handlers.see_rota import There, gaps_between, line_called, who
from utvag.cli_run import in_house, refuse, settings

app = typer.Typer(help="Who is on call.", no_args_is_help=True)

if TYPE_CHECKING:
    from handlers.calendar_reading import Problem
    from handlers.import_shifts import Plan

T = TypeVar("T")

SHOWN = 40
"""Lines of a plan, or problems; of more only the number is said."""

YEARS = range(1970, 9000)
"""Beyond them no clock of a zone is known, and the last ones have no day after them."""

OfLine = Annotated[str, typer.Option("--line", help="The line's name, or its number.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]

PROBLEMS = {
    "not_a_calendar": "The file is not a calendar (.ics).",
    "too_large": "The file is larger than 5 MB.",
    "too_much": "The file takes too long to read; is it a calendar of this line's rota?",
    "nothing": "The file holds no entries. To strike out shifts, leave at least one in it.",
    "too_many": "The file holds too many shifts; is it a calendar of this line's rota?",
    "zone": "names a time zone that the file does not describe and that nobody knows.",
    "broken": "has a date or a rule that cannot be read.",
    "rule": "repeats in a way that is not understood: by days, weeks, months or years, once a day.",
    "no_end": "has no end.",
    "nobody": "is nobody's name here. Names are those of: utvag staff list",
    "cannot_read": "does not open conversations, and can only be the duty function.",
    "empty": "ends before it begins.",
    "too_long": "is longer than two weeks.",
    "overlap": "overlaps another shift of the same role.",
    "on_leave": "is on leave then.",
}

WARNINGS = {
    "first_rota": "The line goes by no rota yet, and everybody is on call. With this file it gets "
    "one: only those who stand in it are on call.",
    "second_hour": "A shift within the second time of the hour that occurs twice is left out: the "
    "rota knows that hour once. Look at who is on call in that night.",
    "no_primary": "Nobody is written down as primary: read in those shifts too.",
}


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="A calendar file; each SUMMARY is a name.")],
    line: OfLine,
    role: Annotated[ShiftRole, typer.Option(help="As what.")] = ShiftRole.PRIMARY,
    preview: Annotated[bool, typer.Option("--preview", help="Change nothing.")] = False,
) -> None:
    """Write down the shifts of a calendar file; those it no longer has are struck out."""
    from handlers.calendar_reading import LARGEST  # noqa: PLC0415 - slow to load: icalendar
    from handlers.import_shifts import import_shifts  # noqa: PLC0415 - as above

    try:
        content = file.read_bytes() if file.stat().st_size <= LARGEST else bytes(LARGEST + 1)
    except OSError as error:
        refuse(f"{file} cannot be read ({type(error).__name__}).")

    async def doing(house: House) -> "Plan":
        found = await line_called(house, line)
        return await import_shifts(house, None, found.id, role, content, preview=preview)

    plan = _in_house_of(line, doing)
    if plan.problems:
        said = [_said(problem) for problem in plan.problems]
        refuse(*_shortened(said), "Nothing was changed.")
    added = [f"+ {_row(p.name, p.start, p.end)}" for p in plan.added]
    struck = [f"- {_row(p.name, p.start, p.end)}" for p in plan.struck]
    begun = [f"! {_row(p.name, p.start, p.end)}: has begun, not changed" for p in plan.begun]
    for row in _shortened([*added, *struck, *begun]):
        print(row)
    for warning in plan.warnings:
        print(WARNINGS[warning])
    done = "Would be written" if preview else "Written"
    print(f"{done}: {len(plan.added)}. Struck out: {len(plan.struck)}. As before: {plan.kept}.")


@app.command(name="who")
def who_(
    line: OfLine,
    at: Annotated[str, typer.Option(help="Such as 2026-10-25T02:30:00+01:00.")] = "",
    as_json: AsJson = False,
) -> None:
    """Who is on call at a moment, by role, and until when (UTC)."""
    then = _moment("at", at) if at else None

    async def doing(house: House) -> list[There]:
        found = await line_called(house, line)
        return await who(house, found, then or house.now())

    there = _in_house_of(line, doing)
    rows = [{"role": one.role, "name": one.name, "until": _iso(one.until)} for one in there]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['role'] or 'everybody'}  {row['name']}  until {row['until'] or '-'}")
    if not rows:
        print("Nobody is on call.")


@app.command(name="gaps")
def gaps_(
    line: OfLine,
    start: Annotated[str, typer.Option("--from", help="A moment, with its offset.")],
    end: Annotated[str, typer.Option("--to", help="A moment, with its offset.")],
    as_json: AsJson = False,
) -> None:
    """Where nobody is on call as what is needed (UTC)."""
    first, last = _moment("from", start), _moment("to", end)

    async def doing(house: House) -> list[dict[str, str | None]]:
        found = await gaps_between(house, await line_called(house, line), first, last)
        return [
            {"from": _iso(gap.start), "to": _iso(gap.end), "role": str(gap.role)} for gap in found
        ]

    try:
        rows = _in_house_of(line, doing)
    except BadInput as error:
        refuse("--to must be later than --from." if error.problem == "empty" else
               "At most two years can be asked for at once.")  # fmt: skip
    if as_json:
        print(json.dumps(rows))
        return
    for row in rows:
        print(f"{row['from']} to {row['to']}  {row['role']}")
    if not rows:
        print("No gap.")


def _in_house_of(line: str, doing: Callable[[House], Awaitable[T]]) -> T:
    try:
        return in_house(doing)
    except NotFound:
        refuse(f"There is no line called {line!r}. Names are those of: utvag line list")
    except BadInput as error:
        if error.field != "line":
            raise
        refuse(f"Several lines are called {line!r}. Give the line's number instead.")


def _moment(option: str, given: str) -> datetime:
    """With its offset, or on the wall clock of the line's zone."""
    at = None
    with suppress(ValueError):
        at = datetime.fromisoformat(given)
    if at is None or at.year not in YEARS:
        refuse(f"--{option} is not a moment such as 2026-10-25T02:30:00+01:00.")
    if at.tzinfo is None:
        return moment(at.replace(second=0, microsecond=0), settings().zone)
    return at.astimezone(UTC)


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _row(name: str, start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}  {name}"


def _said(problem: "Problem") -> str:
    words = PROBLEMS[problem.code]
    at = f" ({problem.at:%Y-%m-%d %H:%M})" if problem.at else ""
    return words if words[0].isupper() else f"{problem.name!r}{at} {words}"


def _shortened(rows: list[str]) -> list[str]:
    left = len(rows) - SHOWN
    return [*rows[:SHOWN], f"… and {left} more"] if left > 0 else rows
