"""What is noted of how a contact may be reached: one press, one fact."""

from starlette.responses import Response

from domain.safe_contact import ways_in
from handlers.errors import BadInput
from handlers.quiet_word import Heard, agree, forget_word
from handlers.set_safe_contact import set_first, set_watched, set_ways
from staff.conversation_deeds import done, here
from staff.forms import Form
from staff.visit import SignedIn

_FIRST = {"yes": True, "no": False, "unsaid": None}


async def do_safe(visit: SignedIn, form: Form) -> Response:
    """The button that was pressed says which, and what holds from now on."""

    async def work() -> None:
        watched, ways, first = (form.text(name) for name in ("watched", "ways", "first"))
        if watched in {"on", "off"}:
            await set_watched(*here(visit), watched=watched == "on")
        elif ways:
            await set_ways(*here(visit), None if ways == "unsaid" else ways_in(ways))
        elif first in _FIRST:
            await set_first(*here(visit), may=_FIRST[first])
        else:
            raise BadInput("safe", "unknown")

    return await done(visit, work)


async def do_word(visit: SignedIn, form: Form) -> Response:
    """The word is agreed upon, or counts no more. What was typed is never shown again."""

    async def work() -> None:
        if form.ticked("forget"):
            await forget_word(*here(visit))
        else:
            await agree(*here(visit), form.text("word"), form.choice("heard", Heard))

    return await done(visit, work)
