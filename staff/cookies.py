"""What does a browser keep for us, and by which name?

Behind TLS each name begins with `__Host-`: then no other host under the same domain, and no page
without TLS, can set it (RFC 6265bis, 4.1.3.2).
"""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from staff.settings import StaffSettings

SESSION = "utvag_session"
DEVICE = "utvag_device"
WHOM = "utvag_whom"
BACK = "utvag_back"


def named(cookie: str, settings: StaffSettings) -> str:
    """The name under which it travels."""
    return f"__Host-{cookie}" if settings.secure else cookie


def kept(request: Request, settings: StaffSettings, cookie: str) -> str:
    """What the browser sends; empty where it has none."""
    return request.cookies.get(named(cookie, settings), "")


def keep(
    response: Response,
    settings: StaffSettings,
    cookie: str,
    value: str,
    lasts: timedelta | None = None,
) -> None:
    """Out of reach of every script; without `lasts` until the browser is closed."""
    response.set_cookie(
        named(cookie, settings),
        value,
        max_age=int(lasts.total_seconds()) if lasts else None,
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.secure,
    )


def drop(response: Response, settings: StaffSettings, cookie: str) -> None:
    """Sent no more."""
    response.delete_cookie(
        named(cookie, settings), path="/", httponly=True, samesite="lax", secure=settings.secure
    )
