"""A swap is asked for, accepted or withdrawn."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.responses import Response

from domain.rota import ShiftRole
from domain.swap import Exchange
from handlers.errors import BadInput, SwapGone
from handlers.see_swaps import see_exchange
from handlers.swap import Asked, accept_swap, ask_swap, withdraw_swap
from staff.forms import Form
from staff.render import render
from staff.rota_page import shown
from staff.rota_words import RotaTimes, field
from staff.serve import id_in_path, to
from staff.told import Told, tell
from staff.troubles import Trouble, explain
from staff.visit import SignedIn


@dataclass(frozen=True)
class Typed:
    """What the form holds, as it is written in its fields."""

    role: ShiftRole
    start: str
    end: str
    wanted: str = ""


async def swap_page(visit: SignedIn) -> Response:
    """Filled in with the shift that was pressed. Raises NotFound or NotAllowed."""
    query = visit.request.query_params
    role = query.get("role", "")
    known = ShiftRole(role) if role in set(ShiftRole) else ShiftRole.PRIMARY
    return await _form(visit, Typed(known, query.get("from", ""), query.get("to", "")))


async def do_ask(visit: SignedIn, form: Form) -> Response:
    """Raises NotFound or NotAllowed."""
    rota_id = id_in_path(visit)
    role = form.choice("role", ShiftRole)
    typed = Typed(role, form.text("from"), form.text("to"), form.text("wanted"))
    try:
        asked = Asked(role, form.wall("from"), form.wall("to"), _wanted(typed.wanted))
        key = form.uuid("form_key")
        await ask_swap(visit.house, visit.member, rota_id, asked, form_key=key)
    except BadInput as error:
        return await _form(visit, typed, explain(error, visit.words, visit.times))
    response = to(f"/rota?rota={rota_id}&day={asked.start.date()}")
    return tell(visit, response, Told.SWAP_ASKED)


async def do_accept(visit: SignedIn, form: Form) -> Response:
    """The rota says so from now on. Raises NotFound or NotAllowed."""
    return await _done(visit, _accept, form)


async def _accept(visit: SignedIn) -> Told:
    swap = await accept_swap(visit.house, visit.member, id_in_path(visit, "swap"))
    return Told.SWAP_MADE if swap.wanted else Told.SWAP_TAKEN


async def do_withdraw(visit: SignedIn, form: Form) -> Response:
    """The asker keeps it. Raises NotYours, NotFound or NotAllowed."""
    return await _done(visit, _withdraw, form)


async def _withdraw(visit: SignedIn) -> Told:
    await withdraw_swap(visit.house, visit.member, id_in_path(visit, "swap"))
    return Told.SWAP_WITHDRAWN


async def _done(
    visit: SignedIn, work: Callable[[SignedIn], Awaitable[Told]], form: Form
) -> Response:
    """The week of the shift, where it says who has it now."""
    rota_id = id_in_path(visit)
    try:
        done = await work(visit)
    except (BadInput, SwapGone) as error:
        return await shown(visit, explain(error, visit.words, visit.times), rota_id)
    return tell(visit, to(f"/rota?rota={rota_id}{_day(form)}"), done)


def _day(form: Form) -> str:
    try:
        return f"&day={form.day('day')}"
    except BadInput:
        return ""


async def _form(visit: SignedIn, typed: Typed, trouble: Trouble | None = None) -> Response:
    rota_id = id_in_path(visit)
    offered = await see_exchange(visit.house, visit.member, rota_id, typed.role)
    values = {
        "typed": typed,
        "offered": [(_value(one.member, one.start, one.end), one) for one in offered],
        "say": RotaTimes(visit.times),
        "back": f"/rota?rota={rota_id}",
        "path": f"/rota/{rota_id}/swap",
    }
    return render(visit, "rota_swap.html", values, trouble=trouble)


def _value(member: UUID, start: datetime, end: datetime) -> str:
    return f"{member}|{field(start)}|{field(end)}"


def _wanted(written: str) -> Exchange | None:
    """Raises BadInput (wanted: unknown)."""
    if not written:
        return None
    try:
        member, start, end = written.split("|")
        found = Form({"from": start, "to": end})
        return Exchange(UUID(member), found.wall("from"), found.wall("to"))
    except (ValueError, BadInput):
        raise BadInput("wanted", "unknown") from None
