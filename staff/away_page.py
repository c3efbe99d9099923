"""Who must stay away from a contact? Said by themselves or by a coordinator, and lifted."""

from starlette.responses import Response

from domain.access import Act
from handlers.desk import must
from handlers.errors import BadInput
from handlers.stay_away import keep_away, let_back, see_away
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn


async def away_page(visit: SignedIn) -> Response:
    """Raises NotFound or NotAllowed."""
    return await _shown(visit)


async def do_keep(visit: SignedIn, form: Form) -> Response:
    """Raises MustStayAway, NotFound, OnlyCoordinators or NotAllowed."""
    must(visit.member, Act.READ)
    try:
        whom = form.uuid("whom")
        await keep_away(visit.house, visit.member, id_in_path(visit), whom)
    except BadInput as error:
        return await _shown(visit, explain(error, visit.words, visit.times))
    return to(_path(visit))


async def do_lift(visit: SignedIn, form: Form) -> Response:
    """Raises MustStayAway, NotFound, OnlyCoordinators or NotAllowed."""
    try:
        must(visit.member, Act.KEEP_AWAY)
        whom = form.uuid("whom")
        await let_back(visit.house, visit.member, id_in_path(visit), whom)
    except BadInput as error:
        return await _shown(visit, explain(error, visit.words, visit.times))
    return to(_path(visit))


def _path(visit: SignedIn) -> str:
    return f"/conversations/{id_in_path(visit)}/away"


async def _shown(visit: SignedIn, trouble: Trouble | None = None) -> Response:
    values = {
        "away": await see_away(visit.house, visit.member, id_in_path(visit)),
        "may_lift": visit.member.may(Act.KEEP_AWAY),
        "path": _path(visit),
    }
    return render(visit, "away.html", values, trouble=trouble)
