"""What is done with a conversation: one form, one use case. The words typed are never lost."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID, uuid4

from starlette.responses import JSONResponse, Response

from domain import segments
from domain.contact_rules import ASKABLE, SafeHours
from domain.member import Member
from handlers.close import close
from handlers.errors import (
    AlreadyTaken,
    BadInput,
    CaseloadFull,
    JustWritten,
    MayNotLeave,
    NeedsReason,
    NothingToShow,
    NotThere,
    NotYours,
    StaysAway,
)
from handlers.house import House
from handlers.keep_draft import keep_draft, keep_note_draft
from handlers.note_trouble import note_trouble
from handlers.plan_text import plan_text, withdraw_plan
from handlers.redact import redact
from handlers.release import release
from handlers.reply import reply
from handlers.resend import resend
from handlers.send_template import send_template
from handlers.set_gate import set_gate
from handlers.set_safe_hours import set_safe_hours
from handlers.transfer import transfer
from handlers.write_note import write_note
from staff.conversation_page import Typed, opened
from staff.forms import Form
from staff.serve import id_in_path, to
from staff.told import Told, tell
from staff.troubles import explain
from staff.visit import SignedIn


async def do_reply(visit: SignedIn, form: Form) -> Response:
    """Pressed twice it sends once. A note that stands half-written beside it is given back."""
    typed = _typed(form)

    def work() -> Awaitable[None]:
        key, asked, seen = form.uuid("form_key"), form.ticked("asked"), form.seen()
        warned = form.text("warned").split("\n")
        text = form.text("reply")
        return reply(*here(visit), text, form_key=key, asked=asked, seen=seen, warned=warned)

    left = Typed(_since(form, "reply"), typed.note)
    return await done(visit, work, typed, left, quiet=form.ticked("quiet"))


async def do_template(visit: SignedIn, form: Form) -> Response:
    """The message that WhatsApp has approved. What stands in the boxes is kept."""
    typed = _typed(form)
    await _keep(visit, typed)

    def work() -> Awaitable[None]:
        key, asked, seen = form.uuid("form_key"), form.ticked("asked"), form.seen()
        return send_template(*here(visit), form_key=key, asked=asked, seen=seen)

    return await done(visit, work, typed, Typed(note=typed.note))


async def do_plan(visit: SignedIn, form: Form) -> Response:
    """What stands in the reply box, later. A note beside it is given back."""
    typed = replace(_typed(form), later=form.text("at"))

    def work() -> Awaitable[None]:
        body, at, asked = form.text("reply"), form.wall("at"), form.ticked("later_asked")
        return plan_text(*here(visit), body, at, form_key=form.uuid("form_key"), asked=asked)

    return await done(visit, work, typed, Typed(note=typed.note))


async def do_withdraw_plan(visit: SignedIn, form: Form) -> Response:
    """It is not sent after all."""
    del form
    return await done(visit, lambda: withdraw_plan(*here(visit), id_in_path(visit, "plan")))


async def do_note(visit: SignedIn, form: Form) -> Response:
    """A note for colleagues, which never leaves. The reply that stands beside it is kept."""
    typed = _typed(form)
    await _keep(visit, Typed(typed.reply))

    def work() -> Awaitable[None]:
        return write_note(*here(visit), form.text("note"), form_key=form.uuid("form_key"))

    left = Typed(note=_since(form, "note"))
    return await done(visit, work, typed, left, quiet=form.ticked("quiet"))


async def do_draft(visit: SignedIn, form: Form) -> Response:
    """Keep what is being written, in plain characters where asked; a script gets no page.

    A ready text that is chosen is shown after it.
    """
    typed = _typed(form)
    if form.ticked("plain"):
        typed = Typed(segments.plain(typed.reply or ""), typed.note)
    await _keep(visit, typed)
    if form.ticked("quiet"):
        return Response(status_code=204)
    if text_id := form.text("text"):
        return to(f"/conversations/{id_in_path(visit)}?{urlencode({'text': text_id})}")
    return await _shown(visit, Typed(note=typed.note))


async def do_resend(visit: SignedIn, form: Form) -> Response:
    """One text again."""

    def work() -> Awaitable[None]:
        text, key = id_in_path(visit, "message"), form.uuid("form_key")
        return resend(*here(visit), text, form_key=key, asked=form.ticked("asked"))

    return await done(visit, work)


async def do_note_trouble(visit: SignedIn, form: Form) -> Response:
    """Somebody has seen that it did not arrive."""
    then = "/queue" if form.ticked("from_queue") else None
    message_id = id_in_path(visit, "message")
    return await done(visit, lambda: note_trouble(*here(visit), message_id), then=then)


async def do_redact(visit: SignedIn, form: Form) -> Response:
    """The words of one message or note are destroyed."""
    del form
    return await done(visit, lambda: redact(*here(visit), id_in_path(visit, "message")))


async def do_hours(visit: SignedIn, form: Form) -> Response:
    """When the contact may be written to; the other button takes the hours away."""

    def work() -> Awaitable[None]:
        kept = not form.ticked("remove")
        hours = SafeHours(form.wall_time("from"), form.wall_time("to")) if kept else None
        return set_safe_hours(*here(visit), hours)

    return await done(visit, work, Typed(hours=(form.text("from"), form.text("to"))))


async def do_gate(visit: SignedIn, form: Form) -> Response:
    """What the contact has said of writing to them."""
    return await done(visit, lambda: set_gate(*here(visit), form.gate()))


async def do_release(visit: SignedIn, form: Form) -> Response:
    """Back to the queue, for somebody else."""
    del form
    return await done(visit, lambda: release(*here(visit)), then="/queue")


async def do_transfer(visit: SignedIn, form: Form) -> Response:
    """To a colleague."""
    response = await done(visit, lambda: transfer(*here(visit), form.uuid("to")))
    return tell(visit, response, Told.TRANSFERRED) if response.status_code == 303 else response


async def do_close(visit: SignedIn, form: Form) -> Response:
    """With an outcome."""
    return await done(visit, lambda: close(*here(visit), form.outcome(), seen=form.seen()))


def here(visit: SignedIn) -> tuple[House, Member, UUID]:
    """What each of these deeds begins with: who does it, and in which conversation."""
    return visit.house, visit.member, id_in_path(visit)


NOTHING = Typed()

TOLD_BESIDE = (
    AlreadyTaken,
    BadInput,
    JustWritten,
    MayNotLeave,
    NeedsReason,
    CaseloadFull,
    NothingToShow,
    NotThere,
    NotYours,
    StaysAway,
)
"""What went wrong is said on the conversation's own page."""


async def done(
    visit: SignedIn,
    work: Callable[[], Awaitable[None]],
    typed: Typed = NOTHING,
    left: Typed = NOTHING,
    then: str | None = None,
    quiet: bool = False,
) -> Response:
    """Back to the conversation, with what went wrong if anything did, in the form or in the work.

    `typed`: what is shown again if it cannot be done; `left`: what is, once it is done. `quiet`: a
    script asks, whose page stays; it gets the key of its next form, and 204 where a page is needed.
    """
    try:
        await work()
    except TOLD_BESIDE as error:
        await _keep(visit, typed)
        if quiet:
            return Response(status_code=204)
        trouble = explain(error, visit.words, visit.times)
        if typed.later is not None and isinstance(error, MayNotLeave) and error.reason in ASKABLE:
            trouble = replace(trouble, next=visit.words.say("plan.then"))
        return await opened(visit, id_in_path(visit), typed, trouble)
    if quiet:
        return JSONResponse({"form_key": str(uuid4())})
    return to(then) if then else await _shown(visit, left)


async def _shown(visit: SignedIn, left: Typed) -> Response:
    """The conversation; made at once where a note would be lost on the way there."""
    await _keep(visit, Typed(left.reply or None, left.note or None))
    if left.note and left.note.strip():
        return await opened(visit, id_in_path(visit), left)
    return to(f"/conversations/{id_in_path(visit)}")


async def _keep(visit: SignedIn, typed: Typed) -> None:
    if typed.reply is not None:
        await keep_draft(visit.house, visit.member, id_in_path(visit), typed.reply)
    if typed.note is not None:
        await keep_note_draft(visit.house, visit.member, id_in_path(visit), typed.note)


def _typed(form: Form) -> Typed:
    """Both boxes come with either button, each as it stands by now."""
    return Typed(form.stands("reply"), form.stands("note"))


def _since(form: Form, name: str) -> str | None:
    """What was written in this box after the press that sent the rest of it."""
    stands = form.given(f"{name}_stands")
    return stands and stands.removeprefix(form.text(name)).lstrip()
