"""Files that contacts sent, out of Twilio's store: asked for where we are configured to, nowhere
that a webhook named.

Twilio answers with a redirect to its store, whose address needs no credentials and gets none
(https://www.twilio.com/docs/messaging/api/media-resource). What leads elsewhere than to a public
https host is not followed.
"""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.resolver import DefaultResolver

from senders.media import LARGEST, Fetched, NotFetched, Wanted, Why
from senders.public_hosts import PublicOnly, is_loopback, may_be_public
from senders.twilio import TwilioAccount

TIMEOUT = 15.0
"""Seconds for a whole file."""

CONNECT_TIMEOUT = 3.0
AT_ONCE = 4
REDIRECTS = 2
_PIECE = 64 * 1024
_LONGEST_LIST = 256 * 1024
_MESSAGE = re.compile(r"(?:SM|MM)[0-9a-zA-Z]{1,62}")
_MEDIA = re.compile(r"ME[0-9a-fA-F]{32}")
_PLAIN = re.compile(r"[!-\[\]-~]+")
"""An address that everybody who reads it takes apart alike: ASCII, no space and no backslash."""

_LEADS_ON = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_AS_IT_IS = {"Accept-Encoding": "identity"}
"""A compressed answer could be small on its way and endless here."""


class TwilioMedia:
    """Fetches files of one account."""

    def __init__(self, account: TwilioAccount) -> None:
        """Connects when it is first used."""
        self._account = account
        self._at_home = is_loopback(urlsplit(account.api_url).hostname or "")
        self._api: aiohttp.ClientSession | None = None
        self._store: aiohttp.ClientSession | None = None

    async def fetch(self, wanted: Wanted) -> Fetched:
        """The bytes, LARGEST at most. Raises NotFetched."""
        if not _MESSAGE.fullmatch(wanted.message_id):
            raise NotFetched(Why.GONE)
        try:
            media_id = wanted.media_id or await self._listed(wanted)
            if not _MEDIA.fullmatch(media_id):
                raise NotFetched(Why.GONE)
            address = f"{self._media_of(wanted.message_id)}/{media_id}"
            return Fetched(await self._follow(address))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise NotFetched(Why.OUT_OF_REACH) from error

    def _media_of(self, message_id: str) -> str:
        account = self._account
        path = f"/2010-04-01/Accounts/{account.sid}/Messages/{message_id}/Media"
        return account.api_url + path

    async def _listed(self, wanted: Wanted) -> str:
        """The media's id, where only its message is known."""
        async with self._ask_api(self._media_of(wanted.message_id) + ".json") as answer:
            _must_be_there(answer.status)
            found = await _read(answer, _LONGEST_LIST)
        return _media_id(found, wanted.place)

    async def _follow(self, address: str) -> bytes:
        """From Twilio's own address to the file; credentials go to the first one alone."""
        async with self._ask_api(address) as answer:
            if answer.status not in _LEADS_ON:
                _must_be_there(answer.status)
                return await _read(answer, LARGEST)
            address = self._checked(address, answer.headers)
        for _ in range(REDIRECTS):
            async with self._ask_store(address) as answer:
                if answer.status not in _LEADS_ON:
                    _must_be_there(answer.status)
                    return await _read(answer, LARGEST)
                address = self._checked(address, answer.headers)
        raise NotFetched(Why.OUT_OF_REACH)

    def _checked(self, address: str, headers: Mapping[str, str]) -> str:
        """Where a redirect leads. Raises NotFetched where that is not a place to go to."""
        there = urljoin(address, headers.get("Location", ""))
        parts = urlsplit(there)
        host = parts.hostname or ""
        at_home = self._at_home and parts.scheme in {"http", "https"} and is_loopback(host)
        public = parts.scheme == "https" and parts.port in {None, 443} and may_be_public(host)
        if not _PLAIN.fullmatch(there) or "@" in parts.netloc or not (at_home or public):
            raise NotFetched(Why.OUT_OF_REACH)
        return there

    @asynccontextmanager
    async def _ask_api(self, address: str) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._api is None:
            self._api = _session(aiohttp.TCPConnector(limit=AT_ONCE))
        proof = aiohttp.encode_basic_auth(self._account.sid, self._account.token)
        headers = _AS_IT_IS | {"Authorization": proof}
        async with self._api.get(address, headers=headers, allow_redirects=False) as answer:
            yield answer

    @asynccontextmanager
    async def _ask_store(self, address: str) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._store is None:
            checking = PublicOnly(DefaultResolver(), at_home=self._at_home)
            self._store = _session(aiohttp.TCPConnector(limit=AT_ONCE, resolver=checking))
        async with self._store.get(address, headers=_AS_IT_IS, allow_redirects=False) as answer:
            yield answer

    async def close(self) -> None:
        """Close the pooled connections."""
        for session in (self._api, self._store):
            if session is not None:
                await session.close()


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=TIMEOUT, sock_connect=CONNECT_TIMEOUT),
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )


def _must_be_there(status: int) -> None:
    if status in _GONE:
        raise NotFetched(Why.GONE)
    if status != 200:
        raise NotFetched(Why.OUT_OF_REACH)


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """All of it; given up as soon as it is more than `most`."""
    if (answer.content_length or 0) > most:
        raise NotFetched(Why.TOO_LARGE)
    content = bytearray()
    async for piece in answer.content.iter_chunked(_PIECE):
        content += piece
        if len(content) > most:
            answer.close()
            raise NotFetched(Why.TOO_LARGE)
    return bytes(content)


def _media_id(listed: bytes, place: int) -> str:
    try:
        return str(json.loads(listed)["media_list"][place]["sid"])
    except (LookupError, TypeError) as error:
        raise NotFetched(Why.GONE) from error
