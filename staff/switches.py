"""How does a visitor choose a language or a light?"""

from datetime import timedelta

from starlette.responses import Response

from staff import cookies, languages, looks
from staff.forms import Form
from staff.places import is_ours
from staff.serve import to
from staff.visit import Visit
from staff.words import LANGUAGES

A_YEAR = timedelta(days=365)


async def do_switch(visit: Visit, form: Form) -> Response:
    """Kept in a cookie; back to the page of ours that asked, and to no other place."""
    back = form.text("back")
    response = to(back if is_ours(back) else "/queue")
    if form.text("language") in LANGUAGES:
        _keep(visit, response, languages.COOKIE, form.text("language"))
    if form.text("look") in looks.LOOKS:
        _keep(visit, response, looks.COOKIE, form.text("look"))
    return response


def _keep(visit: Visit, response: Response, cookie: str, choice: str) -> None:
    cookies.keep(response, visit.desk.settings, cookie, choice, A_YEAR)
