"""A stretch of the rota is given to somebody: few fields, filled in with what was pressed."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from starlette.responses import Response

from domain.rota import LONGEST_SHIFT, ShiftRole
from handlers.errors import BadInput
from handlers.see_paper import see_paper
from handlers.write_shift import Given, How, strike_shift, write_shift
from staff.forms import Form
from staff.render import render
from staff.rota_words import RotaTimes, field
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn


@dataclass(frozen=True)
class Typed:
    """What the form holds, as it is written in its fields."""

    role: str
    start: str
    end: str
    how: str
    member: str = ""


async def give_page(visit: SignedIn) -> Response:
    """Filled in from the address. Raises NotFound, OnlyCoordinators or NotAllowed."""
    query = visit.request.query_params
    how = query.get("how", "")
    typed = Typed(
        role=query.get("role", ShiftRole.PRIMARY),
        start=query.get("from", ""),
        end=query.get("to", ""),
        how=how if how in set(How) else How.INSTEAD,
    )
    return await _shown(visit, typed)


async def do_give(visit: SignedIn, form: Form) -> Response:
    """Back to the week in which it begins. Raises NotFound, OnlyCoordinators or NotAllowed."""
    rota_id = id_in_path(visit)
    names = ("role", "from", "to", "how", "member")
    typed = Typed(*(form.text(name) for name in names))
    try:
        given = Given(
            form.choice("role", ShiftRole), form.uuid("member"), form.wall("from"),
            form.wall("to"), form.choice("how", How),
        )  # fmt: skip
        key = form.uuid("form_key")
        await write_shift(visit.house, visit.member, rota_id, given, form_key=key)
    except BadInput as error:
        return await _shown(visit, typed, explain(error, visit.words, visit.times))
    return to(f"/rota?rota={rota_id}&day={given.start.date()}")


async def do_strike(visit: SignedIn, form: Form) -> Response:
    """What stands under it holds again. Raises NotFound, OnlyCoordinators or NotAllowed."""
    rota_id, shift_id = id_in_path(visit), id_in_path(visit, "shift")
    await strike_shift(visit.house, visit.member, rota_id, shift_id)
    try:
        day = f"&day={form.wall('from').date()}"
    except BadInput:
        day = ""
    return to(f"/rota?rota={rota_id}{day}")


async def _shown(visit: SignedIn, typed: Typed, trouble: Trouble | None = None) -> Response:
    rota_id, times = id_in_path(visit), RotaTimes(visit.times)
    stretch = _stretch(typed)
    paper = await see_paper(visit.house, visit.member, rota_id, stretch)
    if stretch is None:
        typed = replace(typed, start=typed.start or field(_hour(times.wall(visit.now))))
    values = {
        "paper": paper,
        "typed": typed,
        "roles": list(ShiftRole),
        "hows": [How.INSTEAD, How.BESIDE],
        "single": typed.how == How.SINGLE,
        "say": times,
        "path": f"/rota/{rota_id}/give",
        "written": [s for s in paper.shifts if s.role == typed.role] if stretch else [],
        "back": _back(rota_id, stretch),
    }
    return render(visit, "rota_give.html", values, trouble=trouble)


def _stretch(typed: Typed) -> tuple[datetime, datetime] | None:
    """What is asked about, if it can be read at all."""
    try:
        start, end = (datetime.fromisoformat(each) for each in (typed.start, typed.end))
    except ValueError:
        return None
    plain = start.tzinfo is None and end.tzinfo is None
    return (start, end) if plain and timedelta() < end - start <= LONGEST_SHIFT else None


def _back(rota_id: UUID, stretch: tuple[datetime, datetime] | None) -> str:
    day = f"&day={stretch[0].date()}" if stretch else ""
    return f"/rota?rota={rota_id}{day}"


def _hour(at: datetime) -> datetime:
    """The next full one."""
    return at.replace(minute=0) + timedelta(hours=1)
