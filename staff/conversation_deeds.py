"""What is done with a conversation: one form, one use case. The words typed are never lost."""

from collections.abc import Awaitable
from uuid import UUID

from starlette.responses import Response

from domain.contact_rules import SafeHours
from handlers.close import close
from handlers.errors import AlreadyTaken, BadInput, JustWritten, MayNotLeave, NotYours
from handlers.keep_draft import keep_draft
from handlers.redact import redact
from handlers.release import release
from handlers.reply import reply
from handlers.resend import resend
from handlers.set_safe_hours import set_safe_hours
from handlers.transfer import transfer
from handlers.write_note import write_note
from staff.conversation_page import Typed, opened
from staff.forms import Form
from staff.serve import id_in_path, to
from staff.troubles import explain
from staff.visit import SignedIn


async def do_reply(visit: SignedIn, form: Form) -> Response:
    """Pressed twice it sends once."""
    body = form.text("reply")
    return await _done(visit, _reply(visit, form, body), Typed(reply=body))


async def _reply(visit: SignedIn, form: Form, body: str) -> None:
    await reply(
        visit.house,
        visit.member,
        id_in_path(visit),
        body,
        form_key=form.uuid("form_key"),
        asked=form.ticked("asked"),
        seen=form.seen(),
    )


async def do_note(visit: SignedIn, form: Form) -> Response:
    """A note for colleagues, which never leaves."""
    body = form.text("note")
    return await _done(visit, _note(visit, form, body), Typed(note=body))


async def _note(visit: SignedIn, form: Form, body: str) -> None:
    key = form.uuid("form_key")
    await write_note(visit.house, visit.member, id_in_path(visit), body, form_key=key)


async def do_draft(visit: SignedIn, form: Form) -> Response:
    """Keep what is being written; a script is answered without a page."""
    await keep_draft(visit.house, visit.member, id_in_path(visit), form.text("reply"))
    if form.ticked("quiet"):
        return Response(status_code=204)
    return to(f"/conversations/{id_in_path(visit)}")


async def do_resend(visit: SignedIn, form: Form) -> Response:
    """One text again."""
    return await _done(visit, _resend(visit, form))


async def _resend(visit: SignedIn, form: Form) -> None:
    await resend(
        visit.house,
        visit.member,
        id_in_path(visit),
        id_in_path(visit, "message"),
        form_key=form.uuid("form_key"),
        asked=form.ticked("asked"),
    )


async def do_redact(visit: SignedIn, form: Form) -> Response:
    """The words of one message or note are destroyed."""
    del form
    message_id = id_in_path(visit, "message")
    return await _done(visit, redact(visit.house, visit.member, id_in_path(visit), message_id))


async def do_hours(visit: SignedIn, form: Form) -> Response:
    """When the contact may be written to; the other button takes the hours away."""
    return await _done(visit, _hours(visit, form))


async def _hours(visit: SignedIn, form: Form) -> None:
    hours = None
    if not form.ticked("remove"):
        hours = SafeHours(form.wall_time("from"), form.wall_time("to"))
    await set_safe_hours(visit.house, visit.member, id_in_path(visit), hours)


async def do_release(visit: SignedIn, form: Form) -> Response:
    """Back to the queue, for somebody else."""
    del form
    return await _done(visit, release(visit.house, visit.member, id_in_path(visit)), then="/queue")


async def do_transfer(visit: SignedIn, form: Form) -> Response:
    """To a colleague."""
    return await _done(visit, _transfer(visit, form))


async def _transfer(visit: SignedIn, form: Form) -> None:
    await transfer(visit.house, visit.member, id_in_path(visit), form.uuid("to"))


async def do_close(visit: SignedIn, form: Form) -> Response:
    """With an outcome."""
    return await _done(visit, _close(visit, form))


async def _close(visit: SignedIn, form: Form) -> None:
    await close(visit.house, visit.member, id_in_path(visit), form.outcome(), seen=form.seen())


async def _done(
    visit: SignedIn, work: Awaitable[None], typed: Typed | None = None, then: str | None = None
) -> Response:
    conversation_id: UUID = id_in_path(visit)
    try:
        await work
    except (AlreadyTaken, BadInput, JustWritten, MayNotLeave, NotYours) as error:
        trouble = explain(error, visit.words, visit.times)
        return await opened(visit, conversation_id, typed or Typed(), trouble)
    return to(then or f"/conversations/{conversation_id}")
