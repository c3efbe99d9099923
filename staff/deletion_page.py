"""What somebody asked to have deleted, and the decision of a person."""

from starlette.responses import Response

from domain.deletion import Decline
from handlers.confirm_deletion import confirm_deletion, decline_deletion
from handlers.errors import AlreadyTaken, BadInput, NotYours, StillHeld, StillToReport
from handlers.see_deletion import see_deletion
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn


async def deletion_page(visit: SignedIn) -> Response:
    """What goes and what stays. Raises NotFound or NotAllowed."""
    return await _page(visit)


async def do_confirm(visit: SignedIn, form: Form) -> Response:
    """Pressed twice it deletes once. Raises NotFound or NotAllowed."""
    keeps, sure = form.ticked("keeps_notes"), form.ticked("sure")
    talk = id_in_path(visit)
    try:
        await confirm_deletion(visit.house, visit.member, talk, keeps_notes=keeps, sure=sure)
    except (AlreadyTaken, BadInput, NotYours, StillHeld, StillToReport) as error:
        return await _page(visit, explain(error, visit.words, visit.times))
    return to("/queue")


async def do_decline(visit: SignedIn, form: Form) -> Response:
    """The reason is one of the list. Raises NotFound or NotAllowed."""
    talk = id_in_path(visit)
    try:
        await decline_deletion(visit.house, visit.member, talk, _reason(form))
    except (AlreadyTaken, BadInput, NotYours) as error:
        return await _page(visit, explain(error, visit.words, visit.times))
    return to(f"/conversations/{talk}")


def _reason(form: Form) -> Decline:
    try:
        return Decline(form.text("reason"))
    except ValueError:
        raise BadInput("reason", "unknown") from None


async def _page(visit: SignedIn, trouble: Trouble | None = None) -> Response:
    asked = await see_deletion(visit.house, visit.member, id_in_path(visit))
    values = {"asked": asked, "reasons": tuple(Decline)}
    return render(visit, "deletion.html", values, trouble=trouble)
