"""How much may the machine say in an hour? Coordinators and administrators set it."""

from starlette.responses import Response

from domain.ceiling import MOST_EACH, MOST_SEGMENTS, Limits
from handlers.errors import BadInput
from handlers.set_limits import (
    LEAST_EACH,
    LEAST_SEGMENTS,
    see_limits,
    set_limits,
    total_of,
    total_reached,
)
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

PATH = "/limits"


async def limits_page(visit: SignedIn) -> Response:
    """A form a line, with what it has used. Raises OnlyCoordinators."""
    return await _shown(visit)


async def do_set(visit: SignedIn, form: Form) -> Response:
    """Raises NotFound, OnlyCoordinators or NotAllowed."""
    wanted = Limits(form.number("segments"), form.number("each"))
    try:
        await set_limits(visit.house, visit.member, id_in_path(visit), wanted)
    except BadInput as error:
        return await _shown(visit, explain(error, visit.words, visit.times))
    return to(PATH)


async def _shown(visit: SignedIn, trouble: Trouble | None = None) -> Response:
    lines = await see_limits(visit.house, visit.member)
    values = {
        "lines": lines,
        "total": total_of(lines),
        "total_reached": total_reached(lines),
        "segments": (LEAST_SEGMENTS, MOST_SEGMENTS),
        "each": (LEAST_EACH, MOST_EACH),
        "path": PATH,
    }
    return render(visit, "limits.html", values, trouble=trouble)
