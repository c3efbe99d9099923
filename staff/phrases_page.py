"""The bank of ready phrases: read by whoever writes to contacts, changed by coordinators."""

from collections.abc import Awaitable
from dataclasses import dataclass

from starlette.responses import Response

from domain import segments
from handlers.errors import BadInput
from handlers.phrases import add_phrase, change_phrase, remove_phrase, see_phrases
from handlers.see_queue import beside
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn


@dataclass(frozen=True)
class Typed:
    """What somebody had written when something went wrong; `id` is empty for a new phrase."""

    id: str = ""
    language: str = ""
    name: str = ""
    body: str = ""


NOTHING = Typed()


async def phrases_page(visit: SignedIn) -> Response:
    """All of them. Raises NotAllowed."""
    return await _shown(visit)


async def _shown(
    visit: SignedIn, typed: Typed = NOTHING, trouble: Trouble | None = None
) -> Response:
    bank = await see_phrases(visit.house, visit.member)
    values = {"bank": bank, "typed": typed, "count": segments.count, "path": "/phrases"}
    values |= {"beside": await beside(visit.house, visit.member)}
    return render(visit, "phrases.html", values, trouble=trouble)


async def do_add(visit: SignedIn, form: Form) -> Response:
    """A new one. Raises OnlyCoordinators or NotAllowed."""
    typed = Typed("", form.text("language"), form.text("name"), form.text("body"))
    return await _done(visit, _add(visit, form, typed), typed)


async def _add(visit: SignedIn, form: Form, typed: Typed) -> None:
    key = form.uuid("form_key")
    what = (typed.language, typed.name, typed.body)
    await add_phrase(visit.house, visit.member, *what, form_key=key)


async def do_change(visit: SignedIn, form: Form) -> Response:
    """Another name or other words. Raises NotFound, OnlyCoordinators or NotAllowed."""
    phrase_id = id_in_path(visit)
    typed = Typed(str(phrase_id), "", form.text("name"), form.text("body"))
    work = change_phrase(
        visit.house,
        visit.member,
        phrase_id,
        typed.name,
        typed.body,
        edition=form.number("edition"),
    )
    return await _done(visit, work, typed)


async def do_remove(visit: SignedIn, form: Form) -> Response:
    """Nobody is offered it any more. Raises OnlyCoordinators or NotAllowed."""
    del form
    return await _done(visit, remove_phrase(visit.house, visit.member, id_in_path(visit)), NOTHING)


async def _done(visit: SignedIn, work: Awaitable[None], typed: Typed) -> Response:
    try:
        await work
    except BadInput as error:
        return await _shown(visit, typed, explain(error, visit.words, visit.times))
    return to("/phrases")
