"""How does somebody sign in and out?"""

from starlette.responses import Response

from handlers.errors import BadInput, Busy, TooManyAttempts
from handlers.see_queue import beside
from handlers.sign_in import sign_in, sign_out
from staff.browsers import browser_of
from staff.forms import Form
from staff.render import render
from staff.serve import DEVICE_COOKIE, begin_session, to, when_again
from staff.troubles import explain
from staff.visit import SESSION_COOKIE, SignedIn, Visit


async def sign_in_page(visit: Visit) -> Response:
    """Name and passphrase; who is signed in goes on to the queue."""
    if isinstance(visit, SignedIn):
        return to("/queue")
    return render(visit, "sign_in.html", {"name": ""})


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
            device=visit.request.cookies.get(DEVICE_COOKIE, ""),
            browser=browser_of(visit.request),
        )
    except (BadInput, Busy, TooManyAttempts) as error:
        trouble = explain(error, visit.words, visit.times)
        return when_again(render(visit, "sign_in.html", {"name": name}, trouble=trouble), error)
    return begin_session(visit, token, name)


async def sign_out_page(visit: SignedIn) -> Response:
    """A button: leaving is never done by a link."""
    return render(visit, "sign_out.html", {"beside": await beside(visit.house, visit.member)})


async def do_sign_out(visit: SignedIn, form: Form) -> Response:
    """The session ends here and on the line."""
    del form
    await sign_out(visit.house, visit.secret)
    response = to("/login")
    response.delete_cookie(
        SESSION_COOKIE, httponly=True, samesite="lax", secure=visit.desk.settings.secure
    )
    return response
