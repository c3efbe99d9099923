"""When must somebody be on call? By role: never, always, or certain hours of the week."""

from datetime import time
from itertools import groupby

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
        rows = [(typed.text(f"from{n}"), typed.text(f"to{n}")) for n in range(7)]
        return {"role": role, "when": typed.text("when"), "rows": rows, "open": True}
    by_day = {day: next(each) for day, each in groupby(hours, lambda h: h.weekday)}
    rows = [
        (f"{by_day[n].start:%H:%M}", f"{by_day[n].end:%H:%M}") if n in by_day else ("", "")
        for n in range(7)
    ]
    when = "always" if hours == ALWAYS else "hours" if hours else "never"
    rows = rows if when == "hours" else [("", "")] * 7
    return {"role": role, "when": when, "rows": rows, "open": False}


def _hours(form: Form) -> tuple[Hours, ...]:
    """Raises BadInput (needed: unclear or empty; when: unknown)."""
    when = form.text("when")
    if when not in WHEN:
        raise BadInput("when", "unknown")
    if when != "hours":
        return ALWAYS if when == "always" else ()
    days = ((n, form.text(f"from{n}"), form.text(f"to{n}")) for n in range(7))
    found = tuple(Hours(n, _time(start), _time(end)) for n, start, end in days if start or end)
    if not found:
        raise BadInput("needed", "empty")
    return found


def _time(written: str) -> time:
    try:
        return time.fromisoformat(written).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise BadInput("needed", "unclear") from None
