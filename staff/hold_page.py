"""Is a conversation kept from every deletion, on what ground and until when?"""

from starlette.responses import Response

from domain.access import Act
from domain.hold import Ground
from domain.wall import on_the_wall
from handlers.desk import must
from handlers.errors import BadInput
from handlers.hold import lift_hold, put_hold, see_holding
from staff.duty_pages import EMPTY
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn


async def hold_page(visit: SignedIn) -> Response:
    """Raises MustStayAway, NotFound, OnlyCoordinators or NotAllowed."""
    return await _page(visit, EMPTY)


async def do_put(visit: SignedIn, form: Form) -> Response:
    """What was chosen stands there again if it cannot be done. Raises MustStayAway, NotFound,
    OnlyCoordinators or NotAllowed."""
    must(visit.member, Act.HOLD)
    talk = id_in_path(visit)
    try:
        ground, last = form.choice("ground", Ground), form.day("last")
        await put_hold(visit.house, visit.member, talk, ground, last)
    except BadInput as error:
        return await _page(visit, form, explain(error, visit.words, visit.times))
    return to(f"/conversations/{talk}")


async def do_lift(visit: SignedIn, form: Form) -> Response:
    """Raises MustStayAway, NotFound, OnlyCoordinators or NotAllowed."""
    del form
    await lift_hold(visit.house, visit.member, id_in_path(visit))
    return to(f"/conversations/{id_in_path(visit)}/hold")


async def to_hold(visit: SignedIn) -> Response:
    """A form's own address, come to by a reload or by Back."""
    return to(f"/conversations/{id_in_path(visit)}/hold")


PAGES = {"/hold": hold_page, "/hold/lift": to_hold}
DEEDS = {"/hold": do_put, "/hold/lift": do_lift}
"""By the end of a conversation's address."""


async def _page(visit: SignedIn, typed: Form, trouble: Trouble | None = None) -> Response:
    talk = id_in_path(visit)
    values = {
        "talk_id": talk,
        "holding": await see_holding(visit.house, visit.member, talk),
        "grounds": tuple(Ground),
        "today": on_the_wall(visit.now, visit.house.zone).date(),
        "typed": typed,
        "path": f"/conversations/{talk}/hold",
    }
    return render(visit, "hold.html", values, trouble=trouble)
