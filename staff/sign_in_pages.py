"""How does somebody sign in and out?"""

from starlette.responses import Response

from handlers.errors import BadInput, Busy, TooManyAttempts
from handlers.locked import keep_late
from handlers.see_queue import beside
from handlers.sign_in import sign_in, sign_out, whose_session
from staff import cookies
from staff.browsers import browser_of
from staff.forms import Form
from staff.locked import CARRIED, form_page, last_token, led_back_later
from staff.render import render
from staff.serve import begin_session, to, when_again
from staff.troubles import explain
from staff.visit import SignedIn, Visit


async def sign_in_page(visit: Visit) -> Response:
    """Name and passphrase; who is signed in goes on to the queue."""
    if isinstance(visit, SignedIn):
        return to("/queue")
    back = visit.request.query_params.get("back")
    return form_page(visit) if back is None else led_back_later(visit, back)


async def do_sign_in(visit: Visit, form: Form) -> Response:
    """A new session, or the form again without saying which field was wrong."""
    name = form.text("name").strip()
    client = visit.request.client
    try:
        token = await sign_in(
            visit.house,
            name,
            form.text("passphrase"),
            source=client.host if client else "",
            device=cookies.kept(visit.request, visit.desk.settings, cookies.DEVICE),
            browser=browser_of(visit.request),
        )
    except (BadInput, Busy, TooManyAttempts) as error:
        trouble = explain(error, visit.words, visit.times)
        return when_again(form_page(visit, name, form.text(CARRIED), trouble), error)
    return await come_in(visit, form, token, name)


async def come_in(visit: Visit, form: Form, token: str, name: str) -> Response:
    """Back to where they were, with what they had sent too late; no other session of theirs stays
    open in this browser."""
    late, held = form.text(CARRIED), await whose_session(visit.house, token)
    talk = await keep_late(visit.house, held, late, last_token(visit)) if late and held else None
    if isinstance(visit, SignedIn):
        await sign_out(visit.house, visit.secret)
    return begin_session(visit, token, name, f"/conversations/{talk}" if talk else None)


async def sign_out_page(visit: SignedIn) -> Response:
    """A button: leaving is never done by a link."""
    return render(visit, "sign_out.html", {"beside": await beside(visit.house, visit.member)})


async def do_sign_out(visit: SignedIn, form: Form) -> Response:
    """The session ends here and on the line."""
    del form
    await sign_out(visit.house, visit.secret)
    return left(visit)


def left(visit: Visit) -> Response:
    """Nothing of whoever was here stays in the browser."""
    response = to("/login")
    for cookie in (cookies.SESSION, cookies.WHOM, cookies.BACK):
        cookies.drop(response, visit.desk.settings, cookie)
    return response
