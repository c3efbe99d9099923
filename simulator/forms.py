"""Reads a page's form, and tells whether a page of ours sent it."""

from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

_LONGEST = 64 * 1024


async def read_form(request: Request) -> dict[str, str]:
    """The fields of an urlencoded form; what is longer than 64 KiB is cut."""
    body = (await request.body())[:_LONGEST]
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def same_origin(request: Request) -> bool:
    """False where a browser says that another site's page sends this."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
