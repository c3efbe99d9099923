"""What is said once, on the page that one is led to, of what was just done?

A code of ours in a cookie: nothing of it stands in an address, and nobody's words are in it.
"""

from datetime import timedelta
from enum import StrEnum

from starlette.responses import Response

from staff import cookies
from staff.visit import Visit

COOKIE = "utvag_told"

KEPT = timedelta(minutes=1)
"""In it the page that one is led to has come; then it is no news any more."""


class Told(StrEnum):
    """What was done."""

    SWAP_ASKED = "swap_asked"
    SWAP_TAKEN = "swap_taken"
    SWAP_MADE = "swap_made"
    SWAP_WITHDRAWN = "swap_withdrawn"
    HANDED_OVER = "handed_over"
    TRANSFERRED = "transferred"
    HANDED_BACK = "handed_back"
    LEAVE_WRITTEN = "leave_written"
    RETENTION_SET = "retention_set"


def tell(visit: Visit, response: Response, what: Told) -> Response:
    """The next whole page says it."""
    cookies.keep(response, visit.desk.settings, COOKIE, what, KEPT)
    return response


def told(visit: Visit) -> Told | None:
    """What this page is to say, if anything; what is no code of ours is nothing."""
    given = cookies.kept(visit.request, visit.desk.settings, COOKIE)
    return Told(given) if given in set(Told) else None


def is_said(visit: Visit, response: Response) -> None:
    """It is not said again."""
    if cookies.kept(visit.request, visit.desk.settings, COOKIE):
        cookies.drop(response, visit.desk.settings, COOKIE)
