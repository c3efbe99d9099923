"""Light or dark? The system's choice, unless the visitor made their own."""

from starlette.requests import Request

from staff.cookies import kept
from staff.settings import StaffSettings

COOKIE = "utvag_look"
LOOKS = ("system", "light", "dark")


def look_of(request: Request, settings: StaffSettings) -> str:
    """One of LOOKS."""
    chosen = kept(request, settings, COOKIE)
    return chosen if chosen in LOOKS else "system"
