"""The recovery sheet: shown once to be printed, confirmed, and typed when it is needed."""

import segno
from markupsafe import Markup
from starlette.responses import Response

from handlers.errors import BadInput, Busy, SheetMistyped, SheetSpent, TooManyAttempts
from handlers.recovery_sheet import asked_back, confirm_sheet, make_sheet, use_sheet
from handlers.see_queue import beside
from handlers.see_team import see_team
from staff.account_page import not_changed
from staff.forms import Form
from staff.proofs import asked, proof_of
from staff.render import render
from staff.serve import id_in_path, to, when_again
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

SHEET = "/team/sheet"
RECOVER = "/team/recover"


async def sheet_page(visit: SignedIn) -> Response:
    """What a sheet is for, and a button that makes one. Raises NotAllowed."""
    return await _sheet(visit, {"sheet": None, "ask": None})


async def do_make(visit: SignedIn, form: Form) -> Response:
    """The sheet, this once. Raises NotAdmitted, NotAllowed."""
    try:
        proof = proof_of(visit, form, "sheet_passphrase")
        made = await make_sheet(visit.house, visit.member, proof)
    except (BadInput, Busy, TooManyAttempts) as error:
        trouble = not_changed(visit, error)
        return when_again(await _sheet(visit, {"sheet": None, "ask": None}, trouble), error)
    shown = {"sheet": made, "qr": _qr(made.groups), "ask": made.asked_back, "sheet_id": made.id}
    return await _sheet(visit, shown)


async def do_confirm(visit: SignedIn, form: Form) -> Response:
    """It is on paper; or the two fields again. Raises NotFound, NotAdmitted, NotAllowed."""
    sheet_id, typed = id_in_path(visit), f"{form.text('one')} {form.text('other')}"
    try:
        await confirm_sheet(visit.house, visit.member, sheet_id, typed)
    except SheetMistyped as error:
        trouble = explain(error, visit.words, visit.times)
        ask = await asked_back(visit.house, visit.member, sheet_id)
        return await _sheet(visit, {"sheet": None, "ask": ask, "sheet_id": sheet_id}, trouble)
    return to("/team")


async def _sheet(
    visit: SignedIn, shown: dict[str, object], trouble: Trouble | None = None
) -> Response:
    values = {
        "team": await see_team(visit.house, visit.member),
        "beside": await beside(visit.house, visit.member),
        "path": SHEET,
        "qr": "",
        "sheet_id": "",
        **await asked(visit),
    }
    return render(visit, "sheet.html", values | shown, trouble=trouble)


def _qr(groups: tuple[str, ...]) -> Markup:
    """A picture of the groups, of attributes alone: the page allows no styles of its own."""
    made = segno.make_qr(" ".join(groups), error="m")
    svg = made.svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(svg)  # noqa: S704 - made of our own symbols by a library, with no words of others


async def recover_page(visit: SignedIn) -> Response:
    """Where the groups are typed. Raises NotAllowed."""
    return await _recover(visit)


async def do_recover(visit: SignedIn, form: Form) -> Response:
    """They read again; a new sheet comes next. Raises NotAdmitted, NotAllowed."""
    typed = form.text("sheet")
    try:
        await use_sheet(visit.house, visit.member, typed)
    except (BadInput, SheetMistyped, SheetSpent) as error:
        return await _recover(visit, typed, explain(error, visit.words, visit.times))
    return to(SHEET)


async def _recover(visit: SignedIn, typed: str = "", trouble: Trouble | None = None) -> Response:
    values = {
        "team": await see_team(visit.house, visit.member),
        "beside": await beside(visit.house, visit.member),
        "path": RECOVER,
        "typed": typed,
    }
    return render(visit, "recover.html", values, trouble=trouble)
