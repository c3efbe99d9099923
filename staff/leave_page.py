"""Leave is written and struck out: one's own, or by a coordinator anybody's."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from starlette.responses import Response

from handlers.errors import BadInput
from handlers.see_paper import see_leave, see_people
from handlers.write_leave import strike_leave, write_leave
from staff.forms import Form
from staff.render import render
from staff.rota_words import RotaTimes
from staff.serve import id_in_path, to
from staff.told import Told, tell
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

PATH = "/rota/leave"

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Typed:
    """What the form holds, as it is written in its fields."""

    member: str
    first: str
    last: str
    begins: str = ""
    """A time of the first day; empty: all of it."""
    ends: str = ""
    """A time of the last day; empty: all of it."""


async def leave_page(visit: SignedIn) -> Response:
    """What stands written, and a form for tomorrow. Raises NotAllowed."""
    return await _shown(visit, _tomorrow(visit))


async def do_leave(visit: SignedIn, form: Form) -> Response:
    """Whole days where only days are given. Raises OnlyCoordinators or NotAllowed."""
    said = (form.text(name) for name in ("member", "first", "last", "begins", "ends"))
    typed = Typed(*said)
    try:
        whose, key = form.uuid("member"), form.uuid("form_key")
        start, end = _stretch(form)
        await write_leave(visit.house, visit.member, whose, start, end, form_key=key)
    except BadInput as error:
        return await _shown(visit, typed, explain(error, visit.words, visit.times))
    return tell(visit, to(PATH), Told.LEAVE_WRITTEN)


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


def _stretch(form: Form) -> tuple[datetime, datetime]:
    """Raises BadInput (first, last or hour: unclear)."""
    first, last = form.day("first"), form.day("last")
    begins, ends = (_time(form, name) for name in ("begins", "ends"))
    end = datetime.combine(last, ends or time())
    return datetime.combine(first, begins or time()), end if ends is not None else end + _DAY


def _time(form: Form, name: str) -> time | None:
    """None: not given."""
    if not form.text(name).strip():
        return None
    try:
        return form.wall_time(name).replace(second=0, microsecond=0)
    except BadInput:
        raise BadInput("hour", "unclear") from None


def _tomorrow(visit: SignedIn) -> Typed:
    day = RotaTimes(visit.times).wall(visit.now).date() + _DAY
    return Typed(str(visit.member.id), f"{day}", f"{day}")
