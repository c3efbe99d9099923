"""What has to be reported: the form that raises it, and each of them with the form that ends it."""

from starlette.responses import Response

from domain.duty import Kind, Outcome, Recipient, Within
from domain.wall import on_the_wall
from handlers.close_duty import Closing, close_duty
from handlers.errors import AlreadyDecided, BadInput
from handlers.raise_duty import raise_duty
from handlers.see_duties import see_duty, see_open, whose
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

PATH = "/duties"

EMPTY = Form({})


async def raising_page(visit: SignedIn) -> Response:
    """Raises NotFound or NotAllowed."""
    return await _raising(visit, EMPTY)


async def do_raise(visit: SignedIn, form: Form) -> Response:
    """What was written stands there again if it cannot be done. Raises NotFound or NotAllowed."""
    talk = id_in_path(visit)
    try:
        kind, within = form.choice("kind", Kind), form.choice("within", Within)
        await raise_duty(visit.house, visit.member, talk, kind, within, form.text("why"))
    except BadInput as error:
        return await _raising(visit, form, explain(error, visit.words, visit.times))
    return to(f"/conversations/{talk}")


async def duty_page(visit: SignedIn) -> Response:
    """Raises NotFound or NotAllowed."""
    return await _duty(visit, EMPTY)


async def do_close(visit: SignedIn, form: Form) -> Response:
    """Raises NotFound or NotAllowed."""
    try:
        await close_duty(visit.house, visit.member, id_in_path(visit), _closing(form))
    except (AlreadyDecided, BadInput) as error:
        return await _duty(visit, form, explain(error, visit.words, visit.times))
    return to(f"{PATH}/{id_in_path(visit)}")


def _closing(form: Form) -> Closing:
    outcome = form.choice("outcome", Outcome)
    if outcome is Outcome.NOT_NEEDED:
        return Closing(outcome, None, None, form.text("why"))
    recipient, at = form.choice("recipient", Recipient), form.wall("at")
    return Closing(outcome, recipient, at, form.text("why"))


async def _raising(visit: SignedIn, typed: Form, trouble: Trouble | None = None) -> Response:
    talk = id_in_path(visit)
    values = {
        "talk_id": talk,
        "alias": await whose(visit.house, visit.member, talk),
        "owed": await see_open(visit.house, visit.member, talk),
        "kinds": tuple(Kind),
        "withins": tuple(Within),
        "typed": typed,
        "path": f"/conversations/{talk}/duty",
    }
    return render(visit, "duty_raise.html", values, trouble=trouble)


async def _duty(visit: SignedIn, typed: Form, trouble: Trouble | None = None) -> Response:
    one = await see_duty(visit.house, visit.member, id_in_path(visit))
    wall = on_the_wall(visit.now, visit.house.zone)
    values = {
        "one": one,
        "recipients": tuple(Recipient),
        "typed": typed,
        "wall_now": wall.isoformat(timespec="minutes"),
        "path": f"{PATH}/{one.id}",
    }
    return render(visit, "duty.html", values, trouble=trouble)
