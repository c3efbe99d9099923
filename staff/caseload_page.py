"""How many conversations each, by line? Coordinators and administrators set it."""

from starlette.responses import Response

from domain.caseload import MOST
from handlers.errors import BadInput
from handlers.set_most_each import see_most_each, set_most_each
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

PATH = "/lines"


async def caseload_page(visit: SignedIn) -> Response:
    """A form a line. Raises OnlyCoordinators."""
    return await _shown(visit)


async def do_set(visit: SignedIn, form: Form) -> Response:
    """Raises NotFound, OnlyCoordinators or NotAllowed."""
    try:
        await set_most_each(visit.house, visit.member, id_in_path(visit), form.number("most"))
    except BadInput as error:
        return await _shown(visit, explain(error, visit.words, visit.times))
    return to(PATH)


async def _shown(visit: SignedIn, trouble: Trouble | None = None) -> Response:
    lines = await see_most_each(visit.house, visit.member)
    values = {"lines": lines, "numbers": range(1, MOST + 1), "path": PATH}
    return render(visit, "caseload.html", values, trouble=trouble)
