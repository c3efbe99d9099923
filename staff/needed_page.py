"""When must somebody be on call? By role: never, always, or certain hours of the week."""

from datetime import time

from starlette.responses import Response

from domain.rota import ALWAYS, Hours, ShiftRole
from handlers.errors import BadInput
from handlers.see_paper import see_paper
from handlers.set_needed import set_needed
from staff.forms import Form
from staff.render import render
from staff.rota_words import RotaTimes
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

WHEN = ("never", "always", "hours")

MOST_A_DAY = 6
"""Stretches of one weekday."""

Pair = tuple[str, str]
"""From and to, as they stand in the form."""


async def needed_page(visit: SignedIn) -> Response:
    """One form a role. Raises NotFound, OnlyCoordinators or NotAllowed."""
    return await _shown(visit)


async def do_need(visit: SignedIn, form: Form) -> Response:
    """Of one role. Raises NotFound, OnlyCoordinators or NotAllowed."""
    rota_id = id_in_path(visit)
    try:
        role = form.choice("role", ShiftRole)
        await set_needed(visit.house, visit.member, rota_id, role, _hours(form))
    except BadInput as error:
        return await _shown(visit, form, explain(error, visit.words, visit.times))
    return to(f"/rota/{rota_id}/needed")


async def _shown(
    visit: SignedIn, typed: Form | None = None, trouble: Trouble | None = None
) -> Response:
    rota_id = id_in_path(visit)
    paper = await see_paper(visit.house, visit.member, rota_id)
    values = {
        "paper": paper,
        "forms": [_of_role(role, paper.needed.get(role, ()), typed) for role in ShiftRole],
        "whens": WHEN,
        "say": RotaTimes(visit.times),
        "path": f"/rota/{rota_id}/needed",
    }
    return render(visit, "rota_needed.html", values, trouble=trouble)


def _of_role(role: ShiftRole, hours: tuple[Hours, ...], typed: Form | None) -> dict[str, object]:
    """What the role's form holds: what stands written, or what was just typed."""
    if typed is not None and typed.text("role") == role:
        return {"role": role, "when": typed.text("when"), "days": _typed(typed), "open": True}
    when = "always" if hours == ALWAYS else "hours" if hours else "never"
    days: list[list[Pair]] = [[] for _ in range(7)]
    for each in hours if when == "hours" else ():
        days[each.weekday].append((f"{each.start:%H:%M}", f"{each.end:%H:%M}"))
    return {"role": role, "when": when, "days": _with_room(days), "open": False}


def _typed(form: Form) -> list[list[Pair]]:
    """By weekday, as many stretches as the form has fields for."""
    return _with_room([[pair for pair in _pairs(form, day) if any(pair)] for day in range(7)])


def _with_room(days: list[list[Pair]]) -> list[list[Pair]]:
    """Each with an empty stretch below those that are filled in."""
    return [[*day, ("", "")][:MOST_A_DAY] for day in days]


def _pairs(form: Form, day: int) -> list[Pair]:
    names = (str(day), *(f"{day}-{n}" for n in range(1, MOST_A_DAY)))
    return [(form.text(f"from{name}"), form.text(f"to{name}")) for name in names]


def _hours(form: Form) -> tuple[Hours, ...]:
    """Raises BadInput (needed: unclear or empty; when: unknown)."""
    when = form.text("when")
    if when not in WHEN:
        raise BadInput("when", "unknown")
    if when != "hours":
        return ALWAYS if when == "always" else ()
    stretches = ((day, pair) for day in range(7) for pair in _pairs(form, day) if any(pair))
    found = {Hours(day, _time(start), _time(end)): None for day, (start, end) in stretches}
    if not found:
        raise BadInput("needed", "empty")
    return tuple(sorted(found, key=lambda each: (each.weekday, each.start, each.end)))


def _time(written: str) -> time:
    try:
        return time.fromisoformat(written).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise BadInput("needed", "unclear") from None
