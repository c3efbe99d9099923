"""Leave is written and struck out: one's own, or by a coordinator anybody's."""

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from handlers.errors import BadInput
from handlers.see_paper import see_leave, see_people
from handlers.write_leave import strike_leave, write_leave
from staff.forms import Form
from staff.render import render
from staff.rota_words import RotaTimes, field
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

PATH = "/rota/leave"


@dataclass(frozen=True)
class Typed:
    """What the form holds, as it is written in its fields."""

    member: str
    start: str
    end: str


async def leave_page(visit: SignedIn) -> Response:
    """What stands written, and a form for tomorrow. Raises NotAllowed."""
    return await _shown(visit, _tomorrow(visit))


async def do_leave(visit: SignedIn, form: Form) -> Response:
    """Whole days where only days are given. Raises OnlyCoordinators or NotAllowed."""
    typed = Typed(form.text("member"), form.text("from"), form.text("to"))
    try:
        whose, key = form.uuid("member"), form.uuid("form_key")
        start, end = form.wall("from"), form.wall("to")
        await write_leave(visit.house, visit.member, whose, start, end, form_key=key)
    except BadInput as error:
        return await _shown(visit, typed, explain(error, visit.words, visit.times))
    return to(PATH)


async def do_strike_leave(visit: SignedIn, form: Form) -> Response:
    """They are there after all. Raises NotFound, OnlyCoordinators or NotAllowed."""
    del form
    await strike_leave(visit.house, visit.member, id_in_path(visit))
    return to(PATH)


async def _shown(visit: SignedIn, typed: Typed, trouble: Trouble | None = None) -> Response:
    values = {
        "people": await see_people(visit.house, visit.member),
        "leaves": await see_leave(visit.house, visit.member),
        "typed": typed,
        "say": RotaTimes(visit.times),
        "path": PATH,
    }
    return render(visit, "rota_leave.html", values, trouble=trouble)


def _tomorrow(visit: SignedIn) -> Typed:
    here = RotaTimes(visit.times).wall(visit.now).replace(hour=0, minute=0)
    start, end = here + timedelta(days=1), here + timedelta(days=2)
    return Typed(str(visit.member.id), field(start), field(end))
