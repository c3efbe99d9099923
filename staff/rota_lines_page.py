"""By which rota does each line go?"""

from uuid import UUID

from starlette.responses import Response

from domain.access import Act
from handlers.desk import must
from handlers.errors import BadInput
from handlers.go_by import go_by, go_by_its_own
from handlers.see_rota_page import see_lines
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.visit import SignedIn

PATH = "/rota/lines"
OWN = "own"
"""Instead of a rota's id: a new one."""


async def lines_page(visit: SignedIn) -> Response:
    """Every line, with every rota to choose from. Raises OnlyCoordinators or NotAllowed."""
    must(visit.member, Act.WRITE_ROTA)
    lines = await see_lines(visit.house, visit.member)
    return render(visit, "rota_lines.html", {"lines": lines, "own": OWN, "path": PATH})


async def do_go_by(visit: SignedIn, form: Form) -> Response:
    """Raises NotFound, OnlyCoordinators or NotAllowed."""
    line_id, chosen = id_in_path(visit), form.text("rota")
    if chosen == OWN:
        key = form.uuid("form_key")
        await go_by_its_own(visit.house, visit.member, line_id, form_key=key)
    else:
        await go_by(visit.house, visit.member, line_id, _rota(chosen))
    return to(PATH)


def _rota(chosen: str) -> UUID | None:
    """None for no rota. Raises BadInput (rota: unknown)."""
    try:
        return UUID(chosen) if chosen else None
    except ValueError:
        raise BadInput("rota", "unknown") from None
