"""How one request travels to Twilio, and how far it came when something broke."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioServiceException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

TIMEOUT = 8.0
"""Seconds for a whole call; a lease lasts 20, and the contract asks for less than 10."""

CONNECT_TIMEOUT = 3.0

KEEP_ALIVE = 4.0
"""Seconds that an idle connection is kept: fewer than any server we know keeps it (uvicorn: 5).
A text on a connection that is being closed may or may not have left, and had to be asked about."""

TOO_MANY = 429
LONGEST_WAIT = 3600.0
"""Seconds; whoever asks for more is asked again after an hour."""


ODD = (TwilioException, TwilioServiceException, ValueError, KeyError, TypeError, AttributeError)
"""What the library raises about an answer that is not Twilio's."""

BROKEN = (aiohttp.ClientError, OSError)


class NeverLeft(Exception):
    """No connection came about: nothing of the request left this machine."""


class Busy(Exception):
    """An answer that says nothing about the message but to come back."""

    def __init__(self, status: int, after: float | None) -> None:
        """`after`: seconds that the provider asked us to wait, if it did."""
        super().__init__(f"HTTP {status}")
        self.status, self.after = status, after


@dataclass
class Way:
    """What becomes known of one request on its way."""

    open: bool = False


class TwilioHttp(AsyncHttpClient):  # type: ignore[misc] # the library is not typed
    """One pool of connections for the library, at the address that is configured.

    The library's own asynchronous client writes requests to a log; this one writes nothing.
    """

    def __init__(self, api_url: str) -> None:
        """`api_url`: scheme, host and port. Connects when it is first used."""
        super().__init__(None, is_async=True, timeout=TIMEOUT)
        self._base = urlsplit(api_url)
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        allow_redirects: bool = False,
    ) -> Response:
        """Send one request. Raises NeverLeft, Busy, or what the connection broke with."""
        there = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        proof = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
        way = Way()
        try:
            async with self._pool().request(
                method.upper(),
                urlunsplit(there),
                params=_plain(params),
                data=_plain(data),
                headers={**(headers or {}), **proof},
                allow_redirects=allow_redirects,
                trace_request_ctx=way,
            ) as answer:
                if answer.status == TOO_MANY or answer.status >= 500:
                    raise Busy(answer.status, wait(answer.headers))
                return Response(answer.status, await answer.text(), headers=answer.headers)
        except (aiohttp.ClientError, OSError) as error:
            if not way.open:
                raise NeverLeft from error
            raise

    def _pool(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT, sock_connect=CONNECT_TIMEOUT),
                connector=aiohttp.TCPConnector(limit=100, keepalive_timeout=KEEP_ALIVE),
                trace_configs=[tracing()],
            )
        return self._session

    async def close(self) -> None:
        """Close the pooled connections."""
        if self._session is not None:
            await self._session.close()


def tracing() -> aiohttp.TraceConfig:
    """Notes in the request's `Way`, its trace context, that a connection was there to send it."""

    async def opened(_session: object, context: Any, _about: object) -> None:
        context.trace_request_ctx.open = True

    noting = aiohttp.TraceConfig()
    noting.on_connection_create_end.append(opened)
    noting.on_connection_reuseconn.append(opened)
    return noting


def _plain(values: Mapping[str, object] | None) -> dict[str, str] | None:
    return {k: str(v) for k, v in values.items() if v is not None} if values else None


def wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that Retry-After asks for (RFC 9110, 10.2.3): a number, or a date that is measured
    on the answer's own clock; None where it cannot be read."""
    asked = headers.get("Retry-After", "")
    try:
        seconds = float(asked)
    except ValueError:
        seconds = _until(asked, headers.get("Date", ""))
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None


def _until(then: str, now: str) -> float:
    try:
        return (parsedate_to_datetime(then) - parsedate_to_datetime(now)).total_seconds()
    except (ValueError, TypeError):
        return math.nan
