"""The register: the list, the form of what somebody asks for, and each entry with what is left to
decide."""

from starlette.responses import Response

from domain.disclosure import Authority, Ground, Refusal, Scope
from domain.wall import on_the_wall
from handlers.ask_disclosure import OF_STRANGERS, Asked, ask_disclosure, ask_of_stranger, is_alone
from handlers.decide_disclosure import agree, give, refuse
from handlers.errors import AlreadyDecided, BadInput
from handlers.see_duties import whose
from handlers.see_register import see_entry, see_register
from staff.duty_pages import EMPTY
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

PATH = "/register"
STRANGER = PATH + "/ask"
ENTRY = PATH + "/{id}"


async def register_page(visit: SignedIn) -> Response:
    """Raises NotAllowed."""
    register = await see_register(visit.house, visit.member)
    return render(visit, "register.html", {"register": register, "path": PATH})


async def to_entry(visit: SignedIn) -> Response:
    """A form's own address, come to by a reload or by Back."""
    return to(f"{PATH}/{id_in_path(visit)}")


async def asking_page(visit: SignedIn) -> Response:
    """Raises NotFound or NotAllowed."""
    return await _asking(visit, EMPTY)


async def do_ask(visit: SignedIn, form: Form) -> Response:
    """What was written stands there again if it cannot be done. Raises NotFound or NotAllowed."""
    talk = id_in_path(visit)
    try:
        asked = Asked(
            form.choice("authority", Authority),
            form.choice("ground", Ground),
            form.choices("scope", Scope),
            form.text("reference"),
            form.text("more"),
            silent=form.ticked("silent"),
        )
        key = form.uuid("form_key")
        await ask_disclosure(visit.house, visit.member, talk, asked, form_key=key)
    except BadInput as error:
        return await _asking(visit, form, explain(error, visit.words, visit.times))
    return to(PATH)


async def stranger_page(visit: SignedIn) -> Response:
    """About somebody whom the line does not know. Raises NotAllowed."""
    return await _of_stranger(visit, EMPTY)


async def do_ask_of_stranger(visit: SignedIn, form: Form) -> Response:
    """What was written stands there again if it cannot be done. Raises NotAllowed."""
    try:
        asked = Asked(
            form.choice("authority", Authority),
            form.choice("ground", Ground),
            OF_STRANGERS,
            form.text("reference"),
            form.text("more"),
            silent=False,
        )
        key, whom = form.uuid("form_key"), form.text("whom")
        await ask_of_stranger(visit.house, visit.member, asked, whom, form_key=key)
    except BadInput as error:
        return await _of_stranger(visit, form, explain(error, visit.words, visit.times))
    return to(PATH)


async def entry_page(visit: SignedIn) -> Response:
    """Raises NotFound or NotAllowed."""
    return await _entry(visit, EMPTY)


async def do_agree(visit: SignedIn, form: Form) -> Response:
    """Raises NotFound or NotAllowed."""
    try:
        await agree(visit.house, visit.member, id_in_path(visit))
    except (AlreadyDecided, BadInput) as error:
        return await _entry(visit, form, explain(error, visit.words, visit.times))
    return await to_entry(visit)


async def do_refuse(visit: SignedIn, form: Form) -> Response:
    """Raises NotFound or NotAllowed."""
    try:
        why = form.choice("refusal", Refusal)
        await refuse(visit.house, visit.member, id_in_path(visit), why, form.text("more"))
    except (AlreadyDecided, BadInput) as error:
        return await _entry(visit, form, explain(error, visit.words, visit.times))
    return await to_entry(visit)


async def do_give(visit: SignedIn, form: Form) -> Response:
    """Raises NotFound, OnlyCoordinators or NotAllowed."""
    try:
        given, at, words = form.choices("scope", Scope), form.wall("at"), form.text("more")
        await give(visit.house, visit.member, id_in_path(visit), given, at, words)
    except (AlreadyDecided, BadInput) as error:
        return await _entry(visit, form, explain(error, visit.words, visit.times))
    return await to_entry(visit)


DEEDS = {
    STRANGER: do_ask_of_stranger,
    ENTRY + "/agree": do_agree,
    ENTRY + "/refuse": do_refuse,
    ENTRY + "/give": do_give,
}
PAGES = {
    PATH: register_page,
    STRANGER: stranger_page,
    ENTRY: entry_page,
    **{path: to_entry for path in DEEDS if path != STRANGER},
}
"""By address, in this order."""


async def _asking(visit: SignedIn, typed: Form, trouble: Trouble | None = None) -> Response:
    talk = id_in_path(visit)
    values = {
        "talk_id": talk,
        "alias": await whose(visit.house, visit.member, talk),
        "alone": await is_alone(visit.house, visit.member),
        "authorities": tuple(Authority),
        "grounds": tuple(Ground),
        "scopes": tuple(Scope),
        "typed": typed,
        "path": f"/conversations/{talk}/disclosure",
    }
    return render(visit, "register_ask.html", values, trouble=trouble)


async def _of_stranger(visit: SignedIn, typed: Form, trouble: Trouble | None = None) -> Response:
    values = {
        "talk_id": None,
        "alone": await is_alone(visit.house, visit.member),
        "authorities": tuple(Authority),
        "grounds": tuple(Ground),
        "typed": typed,
        "path": STRANGER,
    }
    return render(visit, "register_ask.html", values, trouble=trouble)


async def _entry(visit: SignedIn, typed: Form, trouble: Trouble | None = None) -> Response:
    one = await see_entry(visit.house, visit.member, id_in_path(visit))
    wall = on_the_wall(visit.now, visit.house.zone)
    values = {
        "one": one,
        "alone": one.own and await is_alone(visit.house, visit.member),
        "refusals": tuple(Refusal),
        "typed": typed,
        "wall_now": wall.isoformat(timespec="minutes"),
        "path": f"{PATH}/{one.entry.id}",
    }
    return render(visit, "register_entry.html", values, trouble=trouble)
