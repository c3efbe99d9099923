"""What is asked of every request before a page or a deed: host, session, form; and after it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from handlers.errors import Busy, MustStayAway, NeedsReason, NotAllowed, NotFound, TooManyAttempts
from handlers.known_browsers import device_mark
from handlers.locked import is_same_name, whom_mark
from handlers.note_forged import note_forged
from handlers.note_refused import note_refused
from handlers.read_by import read_by
from handlers.sign_in import SESSION, use_session, whose_session
from staff import cookies, csrf, hosts
from staff.forms import Form, read_form
from staff.headers import guard
from staff.languages import language_of
from staff.locked import last_name, to_sign_in, way_back
from staff.looks import look_of
from staff.render import render
from staff.troubles import KNOWN, NotOurForm, WrongHost, explain
from staff.visit import Desk, SignedIn, Visit

DEVICE = timedelta(days=365)

BY_HAND = ("/live/used", "/draft")
"""How the addresses end at which a page tells that somebody types, scrolls or points."""

Endpoint = Callable[[Request], Awaitable[Response]]
Answer = Callable[[Visit], Awaitable[Response]]


def open_page(desk: Desk, show: Answer) -> Endpoint:
    """A page that anybody may see."""
    return _endpoint(desk, show)


def open_deed(desk: Desk, do: Callable[[Visit, Form], Awaitable[Response]]) -> Endpoint:
    """A form that anybody may send, if a page of ours made it for them."""

    async def answer(visit: Visit) -> Response:
        return await do(visit, await _own_form(visit))

    return _endpoint(desk, answer)


def page(desk: Desk, show: Callable[[SignedIn], Awaitable[Response]]) -> Endpoint:
    """A page for those who work here; others are led to /login."""

    async def answer(visit: Visit) -> Response:
        if not isinstance(visit, SignedIn):
            return await to_sign_in(visit)
        return await show(visit)

    return _endpoint(desk, answer)


def stream(desk: Desk, show: Callable[[SignedIn], Awaitable[Response]]) -> Endpoint:
    """For a script of ours on the page of somebody who works here; others get 401 and no more."""

    async def answer(visit: Visit) -> Response:
        if not isinstance(visit, SignedIn):
            return Response(status_code=401)
        return await show(visit)

    return _endpoint(desk, answer)


def deed(
    desk: Desk, do: Callable[[SignedIn, Form], Awaitable[Response]], *, with_file: bool = False
) -> Endpoint:
    """A form of those who work here; others are led to /login, strangers before it is read, and
    after it whoever's session has ended meanwhile: a form is sent as slowly as somebody likes."""

    async def answer(visit: Visit) -> Response:
        if not isinstance(visit, SignedIn):
            return await to_sign_in(visit, sends=True)
        form = await _own_form(visit, with_file=with_file)
        held = await whose_session(desk.house, visit.secret)
        if held is None:
            nobody = replace(stranger(desk, visit.request), nonce=visit.nonce)
            return finished(nobody, await to_sign_in(nobody, sends=True, form=form))
        return await do(replace(visit, member=held.member, held=held), form)

    return _endpoint(desk, answer)


def bare_deed(desk: Desk, do: Callable[[Visit, Form], Awaitable[Response]]) -> Endpoint:
    """What a script of ours sends with no page and no session: what it carries is its own proof."""

    async def answer(visit: Visit) -> Response:
        return await do(visit, await read_form(visit.request))

    return _endpoint(desk, answer)


def nowhere(desk: Desk, error: type[Exception]) -> Endpoint:
    """One of troubles.KNOWN, with the way back of whoever is signed in."""

    async def answer(visit: Visit) -> Response:
        del visit
        raise error

    return _endpoint(desk, answer)


def id_in_path(visit: Visit, name: str = "id") -> UUID:
    """An id of ours. Raises NotFound for anything else."""
    try:
        return UUID(visit.request.path_params[name])
    except ValueError:
        raise NotFound from None


def to(path: str) -> Response:
    """Look there next. Never made of anything that a visitor wrote."""
    return RedirectResponse(path, status_code=303)


def ask_why(visit: Visit, error: NeedsReason) -> Response:
    """The page that asks for a reason, in the place of the page or of its part."""
    path = f"/conversations/{error.conversation_id}/why"
    if visit.request.headers.get("hx-request") == "true":
        return Response(headers={"HX-Redirect": path})
    return to(path)


def closed_to(visit: Visit, error: MustStayAway) -> Response:
    """The page says that it is closed to them; its parts lead there."""
    if visit.request.headers.get("hx-request") == "true":
        path = f"/conversations/{error.conversation_id}/away"
        return Response(headers={"HX-Redirect": path})
    return trouble_page(visit, error)


def begin_session(visit: Visit, token: str, name: str, to_path: str | None = None) -> Response:
    """Signed in from now on; the browser is known the next time. Back to where they were."""
    settings, last = visit.desk.settings, last_name(visit)
    back = way_back(visit) if is_same_name(last, name) else "/queue"
    response = to(to_path or back)
    cookies.keep(response, settings, cookies.SESSION, token, SESSION)
    known = device_mark(visit.house, name, cookies.kept(visit.request, settings, cookies.DEVICE))
    cookies.keep(response, settings, cookies.DEVICE, known, DEVICE)
    cookies.keep(response, settings, cookies.WHOM, whom_mark(visit.house, name, token), SESSION)
    if cookies.kept(visit.request, settings, cookies.BACK):
        cookies.drop(response, settings, cookies.BACK)
    return response


def stranger(desk: Desk, request: Request) -> Visit:
    """The visit as far as it is known without a session."""
    return Visit(
        desk=desk,
        request=request,
        language=language_of(request, desk.settings),
        look=look_of(request, desk.settings),
        secret=cookies.kept(request, desk.settings, csrf.COOKIE) or csrf.new_secret(),
        now=desk.house.now(),
        house_mark=desk.house_mark(),
    )


def trouble_page(visit: Visit, error: Exception) -> Response:
    """One of troubles.KNOWN as a page of its own."""
    trouble = explain(error, visit.words, visit.times)
    return finished(visit, when_again(render(visit, "trouble.html", trouble=trouble), error))


def when_again(response: Response, error: Exception) -> Response:
    """Says when it is worth trying again, where waiting helps."""
    if isinstance(error, Busy | TooManyAttempts):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def finished(visit: Visit, response: Response) -> Response:
    """With the headers of a page, and the cookie that a stranger's forms need."""
    known = cookies.kept(visit.request, visit.desk.settings, csrf.COOKIE)
    stranger_to_us = known != visit.secret and not isinstance(visit, SignedIn)
    if stranger_to_us and response.body and response.media_type == "text/html":
        cookies.keep(response, visit.desk.settings, csrf.COOKIE, visit.secret)
    return guard(response, visit.nonce, visit.desk.settings.framed_by)


def _endpoint(desk: Desk, answer: Answer) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        visit = stranger(desk, request)
        try:
            if not hosts.is_ours(request, desk.settings.host):
                raise WrongHost
            visit = await _known(visit)
            if isinstance(visit, SignedIn) and visit.held and _is_use(request):
                await use_session(visit.house, visit.secret, visit.held)
            return finished(visit, await answer(visit))
        except NeedsReason as error:
            return finished(visit, ask_why(visit, error))
        except MustStayAway as error:
            await _refused(visit, error)
            return finished(visit, closed_to(visit, error))
        except KNOWN as error:
            await _refused(visit, error)
            return trouble_page(visit, error)

    return endpoint


def _is_use(request: Request) -> bool:
    """Whether somebody is at the page: what it fetches or says by itself keeps no session open."""
    if request.url.path.endswith(BY_HAND):
        return True
    asks_itself = request.headers.get("hx-request") == "true"
    navigates = request.headers.get("sec-fetch-mode", "navigate") == "navigate"
    return navigates and not asks_itself and not request.url.path.startswith("/live")


async def _refused(visit: Visit, error: Exception) -> None:
    if isinstance(visit, SignedIn) and isinstance(error, NotAllowed):
        place = visit.request.path_params.get("id", "")
        await note_refused(visit.house, visit.member, error, place)


async def _known(visit: Visit) -> Visit:
    token = cookies.kept(visit.request, visit.desk.settings, cookies.SESSION)
    held = await whose_session(visit.house, token) if token else None
    if held is None:
        return visit
    if held.is_forged:
        await note_forged(visit.house, held.member)
    house = visit.house if held.key is None else await read_by(visit.house, held.member, held.key)
    desk = replace(visit.desk, house=house)
    return SignedIn(
        desk,
        visit.request,
        visit.language,
        visit.look,
        token,
        visit.now,
        held.member,
        held=held,
        house_mark=visit.house_mark,
    )


async def _own_form(visit: Visit, *, with_file: bool = False) -> Form:
    form = await read_form(visit.request, with_file=with_file)
    cookie = cookies.SESSION if isinstance(visit, SignedIn) else csrf.COOKIE
    secret = cookies.kept(visit.request, visit.desk.settings, cookie)
    if not csrf.holds(secret, form.text(csrf.FIELD)):
        raise NotOurForm
    return form
