"""Shifts out of a calendar file: first it is shown what would change, then it is written down."""

import base64
import hashlib
import zlib
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import Response

from domain.access import Act
from domain.rota import ShiftRole
from handlers.desk import must
from handlers.errors import BadInput, NotFound
from handlers.fetch_calendar import fetch_calendar
from handlers.see_rota_page import see_lines
from handlers.seen_rota import LineOf
from staff.forms import LARGEST_FILE, Form
from staff.render import render
from staff.rota_words import RotaTimes
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

if TYPE_CHECKING:
    from handlers.import_shifts import Plan

SHOWN = 40
"""Shifts of a plan, or problems; of more only the number is said."""


async def import_page(visit: SignedIn) -> Response:
    """Raises NotFound, OnlyCoordinators or NotAllowed."""
    return _shown(visit, {"line": await _line(visit)})


async def do_import(visit: SignedIn, form: Form) -> Response:
    """What comes back from the page is planned anew: written down only if it is what was shown.

    Raises NotFound, OnlyCoordinators or NotAllowed.
    """
    from handlers.import_shifts import import_shifts  # noqa: PLC0415 - slow to load: icalendar

    line = await _line(visit)
    try:
        role, content = form.choice("role", ShiftRole), await _content(visit, form)
    except BadInput as error:
        trouble = explain(error, visit.words, visit.times)
        typed = {"line": line, "role": form.text("role"), "address": form.text("address")}
        return _shown(visit, typed, trouble)
    asked = (visit.house, visit.member, line.id, role, content)
    plan = await import_shifts(*asked, preview=True)
    seen, mark = form.text("seen"), _mark(plan)
    if seen == mark and not plan.problems:
        plan = await import_shifts(*asked, preview=False)
        if not plan.problems:
            return to(_first_week(line, plan))
    values = {
        "line": line,
        "plan": plan,
        "role": role,
        "mark": mark,
        "content": base64.b64encode(zlib.compress(content)).decode(),
        "changed": bool(seen) and seen != mark,
    }
    return _shown(visit, values)


def _first_week(line: LineOf, plan: "Plan") -> str:
    """Where the first shift that was read in stands."""
    asked = {"rota": line.rota_id, "day": min((a.start.date() for a in plan.added), default=None)}
    return "/rota?" + urlencode({name: str(value) for name, value in asked.items() if value})


def _shown(visit: SignedIn, values: dict[str, object], trouble: Trouble | None = None) -> Response:
    known = {
        "plan": None,
        "role": ShiftRole.PRIMARY,
        "changed": False,
        "address": "",
        "roles": list(ShiftRole),
        "most": SHOWN,
        "say": RotaTimes(visit.times),
        "back": f"/rota?rota={id_in_path(visit)}",
        "path": f"/rota/{id_in_path(visit)}/import",
    }
    return render(visit, "rota_import.html", known | values, trouble=trouble)


async def _line(visit: SignedIn) -> LineOf:
    """One that goes by the rota, or the line itself where it goes by none. Raises NotFound,
    OnlyCoordinators or NotAllowed."""
    must(visit.member, Act.WRITE_ROTA)
    meant = id_in_path(visit)
    lines = (await see_lines(visit.house, visit.member)).lines
    found = next((line for line in lines if meant == (line.rota_id or line.id)), None)
    if found is None:
        raise NotFound
    return found


async def _content(visit: SignedIn, form: Form) -> bytes:
    """Of the file, of what stands at the address, or as the page kept it. Raises BadInput (file:
    empty, or address)."""
    if form.file:
        return form.file
    if form.text("address").strip():
        return await fetch_calendar(visit.house, visit.member, form.text("address"))
    try:
        packed = base64.b64decode(form.text("content"), validate=True)
        content = zlib.decompressobj().decompress(packed, LARGEST_FILE)
    except (ValueError, zlib.error):
        content = b""
    if not content:
        raise BadInput("file", "empty")
    return content


def _mark(plan: "Plan") -> str:
    """The same for the same changes."""
    return hashlib.sha256(repr((plan.added, plan.struck)).encode()).hexdigest()
