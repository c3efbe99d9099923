"""Which headers does every answer carry, pages and machines' answers alike?"""

from urllib.parse import urlsplit

from starlette.types import Message

Carried = tuple[tuple[bytes, bytes], ...]

A_YEAR = 365 * 24 * 60 * 60

_EVERY = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

_BY_TLS = {"strict-transport-security": f"max-age={A_YEAR}"}
"""Not of hosts below ours: those may be another's."""


def carried(public_url: str) -> Carried:
    """Those of a line that is reached by this address."""
    secure = urlsplit(public_url).scheme == "https"
    every = _EVERY | (_BY_TLS if secure else {})
    return tuple((name.encode(), value.encode()) for name, value in every.items())


def with_headers(start: Message, wanted: Carried) -> None:
    """Add those that the answer does not carry by itself."""
    given = list(start.get("headers", ()))
    known = {name.lower() for name, _ in given}
    start["headers"] = given + [one for one in wanted if one[0] not in known]
