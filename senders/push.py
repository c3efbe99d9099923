"""Web push: one page to one browser, encrypted for it, by whichever push service it named.

The address of that service came from a browser, so anybody who works here may have made it up: only
public hosts are spoken to, over https, and nothing that they answer is read but its status.
Sources: RFC 8030 (the protocol), RFC 8291 (the encryption), RFC 8292 (who sends it).
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hmac import compare_digest
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.resolver import DefaultResolver

from senders.public_hosts import PublicOnly, is_loopback, may_be_public
from senders.sender import Accepted, CannotBeAsked, Letter, Refused, Result, TryLater, Unsure
from senders.twilio_http import CONNECT_TIMEOUT, KEEP_ALIVE, TIMEOUT, TOO_MANY, Way, tracing, wait

if TYPE_CHECKING:
    from py_vapid import Vapid02

BAD = 400
LONGEST = 2048
"""Characters of what a browser tells of itself."""

KEPT = 600
"""Seconds that the push service keeps a page for a browser that it cannot reach now: then the next
one has long come (RFC 8030, 5.2)."""

SIGNED_FOR = timedelta(hours=12)
"""RFC 8292, 2: not more than 24 hours."""

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (FIPS 186-5): a private key is a number from 1 to one less."""


@dataclass(frozen=True)
class _Device:
    """What a browser told of itself (https://www.w3.org/TR/push-api/#pushsubscription-interface)."""

    endpoint: str
    p256dh: str
    auth: str

    @property
    def origin(self) -> str:
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"


class PushSender:
    """Sends pages to browsers, as one sender whom push services know by a key."""

    def __init__(
        self, secret: bytes, subject: str, now: Callable[[], datetime], *, at_home: bool
    ) -> None:
        """`secret`: 32 random bytes; `subject`: an https address that says who sends; `now`: the
        real time, whatever clock the line goes by; `at_home`: this machine alone is spoken to."""
        self._secret, self._now, self.at_home = secret, now, at_home
        self._subject = subject if subject.startswith("https://") else "https://localhost"
        self._pool: aiohttp.ClientSession | None = None

    @cached_property
    def _vapid(self) -> "Vapid02":
        from py_vapid import Vapid02  # noqa: PLC0415 - slow to load: no page may need it

        number = int.from_bytes(self._secret, "big") % (ORDER - 1) + 1
        return Vapid02.from_raw(urlsafe_b64encode(number.to_bytes(32, "big")))

    @cached_property
    def key(self) -> str:
        """The public one, which browsers are told: base64url, uncompressed."""
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - slow to load

        point = self._vapid.public_key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return urlsafe_b64encode(point).rstrip(b"=").decode()

    def endpoint_of(self, told: str) -> str | None:
        """Where a browser is reached; None where it may or can not be reached there."""
        device = _read(told)
        if device is None or not self._may(device.endpoint) or _encrypted(device, b"-") is None:
            return None
        return device.endpoint

    def is_same(self, kept: str, given: str) -> bool:
        """Whether both are one browser's words: its address and its secret are the same."""
        one, other = _read(kept), _read(given)
        if one is None or other is None or one.endpoint != other.endpoint:
            return False
        return compare_digest(_decoded(one.auth), _decoded(other.auth))

    def _may(self, endpoint: str) -> bool:
        try:
            parts = urlsplit(endpoint)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if "@" in parts.netloc or not endpoint.isascii() or any(c in endpoint for c in " \\\t\r\n"):
            return False
        if self.at_home:
            return parts.scheme in {"http", "https"} and is_loopback(host)
        return parts.scheme == "https" and port in {None, 443} and may_be_public(host)

    async def send(self, letter: Letter) -> Result:
        """To the browser that `letter.to` describes; answers in under 10 s, whatever happens."""
        device = _read(letter.to)
        if device is None or not self._may(device.endpoint):
            return Refused(BAD)
        body = _encrypted(device, letter.body.encode())
        if body is None:
            return Refused(BAD)
        way = Way()
        try:
            async with self._session().post(
                device.endpoint,
                data=body,
                headers=self._headers(device, letter),
                allow_redirects=False,
                trace_request_ctx=way,
            ) as answer:
                return _concluded(answer.status, letter.code, wait(answer.headers))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return Unsure() if way.open else TryLater()

    def _headers(self, device: _Device, letter: Letter) -> dict[str, str]:
        expires = int((self._now() + SIGNED_FOR).timestamp())
        claims = {"aud": device.origin, "sub": self._subject, "exp": expires}
        topic = {"Topic": letter.topic} if letter.topic else {}
        return topic | {
            **self._vapid.sign(claims),
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(KEPT),
            "Urgency": "high",
        }

    async def sent_since(self, letter: Letter, since: datetime) -> list[str]:
        """Raises CannotBeAsked: no push service says what it has taken."""
        raise CannotBeAsked

    def _session(self) -> aiohttp.ClientSession:
        if self._pool is None:
            checking = PublicOnly(DefaultResolver(), at_home=self.at_home)
            self._pool = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT, sock_connect=CONNECT_TIMEOUT),
                connector=aiohttp.TCPConnector(
                    limit=32, keepalive_timeout=KEEP_ALIVE, resolver=checking
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[tracing()],
            )
        return self._pool

    async def close(self) -> None:
        """Close the pooled connections."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None


def _concluded(status: int, code: str, after: float | None) -> Result:
    """404 and 410: the browser is gone (RFC 8030, 5). What else is refused is so for good, too."""
    if 200 <= status < 300:
        return Accepted(code)
    if status == TOO_MANY or status >= 500:
        return TryLater(after)
    return Refused(status)


def _read(told: str) -> _Device | None:
    """Whatever a browser, or somebody who pretends to be one, says."""
    if len(told) > LONGEST:
        return None
    try:
        whole: Any = json.loads(told)
        given = whole["endpoint"], whole["keys"]["p256dh"], whole["keys"]["auth"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    if not all(isinstance(each, str) and each for each in given):
        return None
    device = _Device(*given)
    if len(_decoded(device.p256dh)) != 65 or len(_decoded(device.auth)) != 16:
        return None
    return device


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _encrypted(device: _Device, plain: bytes) -> bytes | None:
    """For this browser alone (RFC 8291); None where its key is none."""
    from pywebpush import WebPusher  # noqa: PLC0415 - slow to load: no page may need it

    keys = {"p256dh": device.p256dh, "auth": device.auth}
    try:
        made = WebPusher({"endpoint": device.endpoint, "keys": keys}).encode(plain)
        return bytes(made["body"])
    except ValueError:
        return None
