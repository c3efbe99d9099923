"""Light or dark? The system's choice, unless the visitor made their own."""

from starlette.requests import Request

COOKIE = "utvag_look"
LOOKS = ("system", "light", "dark")


def look_of(request: Request) -> str:
    """One of LOOKS."""
    chosen = request.cookies.get(COOKIE, "system")
    return chosen if chosen in LOOKS else "system"
