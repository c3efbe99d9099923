"""What the phones' pages allow, how their forms are read, and whether a page of ours sent them."""

from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

_LONGEST = 64 * 1024
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Headers of every page: nothing from elsewhere, framed by the stage alone."""


async def read_form(request: Request) -> dict[str, str]:
    """The fields of an urlencoded form; what is longer than 64 KiB is cut."""
    body = (await request.body())[:_LONGEST]
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def same_origin(request: Request) -> bool:
    """False where a browser says that another site's page sends this."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
