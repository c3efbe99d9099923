"""What a provider posts, read whole, but never more than the limit."""

from starlette.requests import Request

_DIGITS = 20
"""Of a length that anybody could mean; Python reads no number of thousands of digits."""


class TooLarge(Exception):
    """The body is over the limit."""


async def read_body(request: Request, limit: int) -> bytes:
    """At most `limit` bytes. Raises TooLarge."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > _DIGITS or int(declared) > limit):
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge
    return bytes(body)
