"""How does a visitor choose a language or a light?"""

import re

from starlette.responses import Response

from staff import languages, looks
from staff.forms import Form
from staff.serve import to
from staff.visit import Visit
from staff.words import LANGUAGES

_A_YEAR = 365 * 24 * 3600
_ID = "[0-9a-f-]{36}"
_OURS = re.compile(
    r"/(queue|login|logout|phrases|ways|lines|shift/end|join/[\w-]{1,200}"
    rf"|find(/{_ID})?|board(/{_ID})?|paging(/{_ID}(/P[1-4])?)?|conversations/{_ID}(/handover)?"
    rf"|rota(/leave|/lines|/calendar|/{_ID}/[a-z]{{1,20}})?)"
)


async def do_switch(visit: Visit, form: Form) -> Response:
    """Kept in a cookie; back to the page of ours that asked, and to no other place."""
    back = form.text("back")
    response = to(back if _OURS.fullmatch(back) else "/queue")
    if form.text("language") in LANGUAGES:
        _keep(visit, response, languages.COOKIE, form.text("language"))
    if form.text("look") in looks.LOOKS:
        _keep(visit, response, looks.COOKIE, form.text("look"))
    return response


def _keep(visit: Visit, response: Response, cookie: str, choice: str) -> None:
    response.set_cookie(
        cookie,
        choice,
        max_age=_A_YEAR,
        httponly=True,
        samesite="lax",
        secure=visit.desk.settings.secure,
    )
