"""Patterns of a rota: which there are, a new one in two steps, and the end of one."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID

from starlette.responses import Response

from domain.rota import Pattern, ShiftRole, Turn
from handlers.errors import BadInput
from handlers.see_paper import see_paper
from handlers.seen_rota import Paper
from handlers.write_pattern import end_pattern, write_pattern
from staff import pattern_fields as fields
from staff.forms import Form
from staff.render import render
from staff.rota_words import RotaTimes, figures
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

USUAL = (("08:00", "20:00"), ("20:00", "08:00"), ("", ""), ("", ""))
"""What the form for a new one begins with."""


async def patterns_page(visit: SignedIn) -> Response:
    """Raises NotFound, OnlyCoordinators or NotAllowed."""
    return await _first_step(visit)


async def grid_page(visit: SignedIn) -> Response:
    """The second step: who has what. Raises NotFound, OnlyCoordinators or NotAllowed."""
    asked = Form(dict(visit.request.query_params))
    paper = await see_paper(visit.house, visit.member, id_in_path(visit))
    known = {str(pattern.id): pattern for pattern in paper.patterns}
    pattern = known.get(asked.text("like"))
    if pattern is not None:
        again = fields.like(pattern, _next_monday(paper.today))
        if again is not None:
            return _grid(visit, paper, again)
    try:
        fields.shape(asked)
    except BadInput as error:
        trouble = explain(error, visit.words, visit.times)
        return await _first_step(visit, fields.typed(asked), trouble)
    return _grid(visit, paper, fields.typed(asked))


async def do_write(visit: SignedIn, form: Form) -> Response:
    """It holds from its Monday on. Raises NotFound, OnlyCoordinators or NotAllowed."""
    rota_id = id_in_path(visit)
    try:
        shape, key = fields.shape(form), form.uuid("form_key")
        turns = fields.turns(form, shape)
        await write_pattern(
            visit.house, visit.member, rota_id, shape.role, shape.begins, shape.weeks, turns,
            form_key=key,
        )  # fmt: skip
    except BadInput as error:
        trouble = explain(error, visit.words, visit.times)
        paper = await see_paper(visit.house, visit.member, rota_id)
        return _grid(visit, paper, fields.typed(form), trouble)
    return to(f"/rota?rota={rota_id}&day={shape.begins}")


async def do_end(visit: SignedIn, form: Form) -> Response:
    """Raises NotFound, OnlyCoordinators or NotAllowed."""
    rota_id, pattern_id = id_in_path(visit), id_in_path(visit, "pattern")
    try:
        ends = form.day("ends")
        await end_pattern(visit.house, visit.member, rota_id, pattern_id, ends)
    except BadInput as error:
        return await _first_step(visit, None, explain(error, visit.words, visit.times))
    return to(f"/rota/{rota_id}/patterns")


async def _first_step(
    visit: SignedIn, typed: fields.Typed | None = None, trouble: Trouble | None = None
) -> Response:
    rota_id, times = id_in_path(visit), RotaTimes(visit.times)
    paper = await see_paper(visit.house, visit.member, rota_id)
    monday = _next_monday(paper.today).isoformat()
    values = {
        "paper": paper,
        "said": [(p, _said(p, times, paper.names)) for p in paper.patterns],
        "typed": typed or fields.Typed(ShiftRole.PRIMARY, monday, "1", USUAL),
        "roles": list(ShiftRole),
        "say": times,
        "path": f"/rota/{rota_id}/patterns",
    }
    return render(visit, "rota_patterns.html", values, trouble=trouble)


def _grid(
    visit: SignedIn, paper: Paper, typed: fields.Typed, trouble: Trouble | None = None
) -> Response:
    times = [(start, end) for start, end in typed.times if start or end]
    number = int(typed.weeks) if typed.weeks.isdecimal() and len(typed.weeks) < 4 else 0
    values = {
        "paper": paper,
        "typed": typed,
        "times_of": times,
        "weeks": range(min(number, 53)),
        "week": fields.week,
        "cell": fields.cell,
        "nobody": fields.NOBODY,
        "say": RotaTimes(visit.times),
        "path": f"/rota/{paper.rota.id}/patterns",
    }
    return render(visit, "rota_pattern_grid.html", values, trouble=trouble)


def _next_monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


def _said(
    pattern: Pattern, times: RotaTimes, names: Mapping[UUID, str]
) -> list[list[tuple[str, str, str]]]:
    """By week: on which days, at which times, who."""
    weeks: list[list[tuple[str, str, str]]] = [[] for _ in range(pattern.weeks)]
    ordered = sorted(pattern.turns, key=_same)
    for (number, start, end, member), same in groupby(ordered, key=_same):
        days = [turn.hours.weekday for turn in same]
        hours = figures(*(datetime.combine(pattern.begins, at) for at in (start, end)))
        weeks[number].append((times.weekdays(days), hours, names.get(member, "")))
    return weeks


def _same(turn: Turn) -> tuple[int, time, time, UUID]:
    return turn.week, turn.hours.start, turn.hours.end, turn.member
