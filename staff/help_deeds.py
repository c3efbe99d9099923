"""Asking for help, joining and taking over: one form, one use case."""

from collections.abc import Awaitable

from starlette.responses import Response

from handlers.ask_help import ask_help, end_help
from handlers.step_in import join_talk, know_taken_over, take_over
from handlers.write_aside import write_aside
from staff.conversation_deeds import done, here
from staff.conversation_page import Typed
from staff.forms import Form
from staff.serve import to
from staff.visit import SignedIn


async def do_help(visit: SignedIn, form: Form) -> Response:
    """Help is wanted, or no more."""
    work = end_help if form.ticked("end") else ask_help
    return await done(visit, lambda: work(*here(visit)))


async def do_join(visit: SignedIn, form: Form) -> Response:
    """A coordinator is with the counsellor."""
    del form
    return await done(visit, lambda: join_talk(*here(visit)))


async def do_take_over(visit: SignedIn, form: Form) -> Response:
    """A coordinator has it from now on."""
    return await done(visit, lambda: take_over(*here(visit), form.uuid("from")))


async def do_told(visit: SignedIn, form: Form) -> Response:
    """The counsellor knows that it was taken over. Raises NotFound or NotAllowed."""
    del form
    await know_taken_over(*here(visit))
    return to("/queue")


async def do_aside(visit: SignedIn, form: Form) -> Response:
    """For the counsellor alone. What could not be kept stands in the box again."""

    def work() -> Awaitable[None]:
        whom, key = form.uuid("to"), form.uuid("form_key")
        return write_aside(*here(visit), form.text("aside"), to=whom, form_key=key)

    return await done(visit, work, Typed(note=form.given("aside")))
