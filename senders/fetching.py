"""How is a file fetched from a place that somebody else named, within bounds?"""

import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

import aiohttp

from senders.media import NotFetched, Why
from senders.public_hosts import is_loopback, may_be_public

TIMEOUT = 15.0
"""Seconds for a whole file."""

CONNECT_TIMEOUT = 3.0
AT_ONCE = 4
REDIRECTS = 2
LEADS_ON = frozenset({301, 302, 303, 307, 308})
AS_IT_IS = {"Accept-Encoding": "identity"}
"""A compressed answer could be small on its way and endless here."""

_PIECE = 64 * 1024
_PLAIN = re.compile(r"[!-\[\]-~]+")
"""An address that everybody who reads it takes apart alike: ASCII, no space and no backslash."""

_GONE = frozenset({404, 410})


def session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    """Without cookies, within TIMEOUT."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=TIMEOUT, sock_connect=CONNECT_TIMEOUT),
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )


def is_fetched_from(address: str, *, at_home: bool) -> bool:
    """Whether it is one to go to: https on a public host, and nothing else hidden in it.
    `at_home`: this machine too, by either scheme."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    home = at_home and parts.scheme in {"http", "https"} and is_loopback(host)
    public = parts.scheme == "https" and port in {None, 443} and may_be_public(host)
    return bool(_PLAIN.fullmatch(address)) and "@" not in parts.netloc and (home or public)


def led_to(address: str, headers: Mapping[str, str], *, at_home: bool) -> str:
    """Where a redirect leads. Raises NotFetched where that is not a place to go to."""
    there = urljoin(address, headers.get("Location", ""))
    if not is_fetched_from(there, at_home=at_home):
        raise NotFetched(Why.OUT_OF_REACH)
    return there


def must_be_there(status: int) -> None:
    """Raises NotFetched."""
    if status in _GONE:
        raise NotFetched(Why.GONE)
    if status != 200:
        raise NotFetched(Why.OUT_OF_REACH)


async def read_within(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """All of it; given up as soon as it is more than `most`. Raises NotFetched."""
    if (answer.content_length or 0) > most:
        raise NotFetched(Why.TOO_LARGE)
    content = bytearray()
    async for piece in answer.content.iter_chunked(_PIECE):
        content += piece
        if len(content) > most:
            answer.close()
            raise NotFetched(Why.TOO_LARGE)
    return bytes(content)
