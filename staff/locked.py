"""What does somebody find whose session has ended while their page was open?

The form to sign in, with their name in it; the page they were on once they have; and what they sent
too late, sealed in the form until then and kept as a draft after it.
"""

from uuid import UUID

from starlette.responses import RedirectResponse, Response

from handlers.locked import Late, carried, whom
from staff import cookies, csrf
from staff.forms import Form, read_form
from staff.places import is_ours, talk_of
from staff.render import render
from staff.troubles import Trouble
from staff.visit import Visit

CARRIED = "carried"


def last_token(visit: Visit) -> str:
    """Of the session that this browser had last."""
    return cookies.kept(visit.request, visit.desk.settings, cookies.SESSION)


def last_name(visit: Visit) -> str:
    """Whose it was; empty for somebody who has signed out, or never was here."""
    mark = cookies.kept(visit.request, visit.desk.settings, cookies.WHOM)
    return whom(visit.house, mark, last_token(visit)) if mark else ""


def form_page(
    visit: Visit, name: str = "", held: str = "", trouble: Trouble | None = None
) -> Response:
    """The form to sign in. `held`: what is sealed in it."""
    last = last_name(visit)
    values = {"name": name or last, "locked": bool(last), "carried": held, "path": "/login"}
    values |= {"passkey_host": visit.desk.settings.host}
    return render(visit, "sign_in.html", values, trouble=trouble)


async def to_sign_in(visit: Visit, *, sends: bool = False, form: Form | None = None) -> Response:
    """Led to /login and back afterwards. `sends`: the request is a form, which may hold words;
    `form`: what it says, where it has been read."""
    if visit.request.headers.get("hx-request") == "true":
        return Response(status_code=401)
    path, name = visit.request.url.path, last_name(visit)
    talk = talk_of(path)
    if sends and talk and name:
        form = form or await read_form(visit.request)
        if form.ticked("quiet"):
            return Response(status_code=401)
        if _is_theirs(visit, form):
            return _kept_at(visit, form_page(visit, held=_sealed(visit, form, talk, name)), talk)
    return led_back_later(visit, "" if sends and not talk else path)


def led_back_later(visit: Visit, path: str) -> Response:
    """To /login, and back to this page of ours afterwards."""
    response = RedirectResponse("/login", status_code=303)
    return _kept_at(visit, response, talk_of(path) or path) if last_name(visit) else response


def _is_theirs(visit: Visit, form: Form) -> bool:
    return csrf.holds(last_token(visit), form.text(csrf.FIELD)) and bool(
        (form.stands("reply") or "").strip() or (form.stands("note") or "").strip()
    )


def _sealed(visit: Visit, form: Form, talk: str, name: str) -> str:
    conversation_id = UUID(talk.rpartition("/")[2])
    late = Late(conversation_id, form.stands("reply"), form.stands("note"))
    return carried(visit.house, late, name, last_token(visit))


def _kept_at(visit: Visit, response: Response, path: str) -> Response:
    if is_ours(path):
        cookies.keep(response, visit.desk.settings, cookies.BACK, path)
    return response


def way_back(visit: Visit) -> str:
    """Where they were, if it was a page of ours; else the queue."""
    path = cookies.kept(visit.request, visit.desk.settings, cookies.BACK)
    return path if is_ours(path) and path not in {"/login", "/logout"} else "/queue"
