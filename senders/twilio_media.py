"""Files that contacts sent, out of Twilio's store: asked for where we are configured to, nowhere
that a webhook named.

Twilio answers with a redirect to its store, whose address needs no credentials and gets none
(https://www.twilio.com/docs/messaging/api/media-resource). What leads elsewhere than to a public
https host is not followed.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
from aiohttp.resolver import DefaultResolver

from senders.fetching import (
    AS_IT_IS,
    AT_ONCE,
    LEADS_ON,
    REDIRECTS,
    led_to,
    must_be_there,
    read_within,
    session,
)
from senders.media import LARGEST, Fetched, NotFetched, Wanted, Why
from senders.public_hosts import PublicOnly, is_loopback
from senders.twilio import TwilioAccount

_LONGEST_LIST = 256 * 1024
_MESSAGE = re.compile(r"(?:SM|MM)[0-9a-zA-Z]{1,62}")
_MEDIA = re.compile(r"ME[0-9a-fA-F]{32}")


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
            must_be_there(answer.status)
            found = await read_within(answer, _LONGEST_LIST)
        return _media_id(found, wanted.place)

    async def _follow(self, address: str) -> bytes:
        """From Twilio's own address to the file; credentials go to the first one alone."""
        async with self._ask_api(address) as answer:
            if answer.status not in LEADS_ON:
                must_be_there(answer.status)
                return await read_within(answer, LARGEST)
            address = led_to(address, answer.headers, at_home=self._at_home)
        for _ in range(REDIRECTS):
            async with self._ask_store(address) as answer:
                if answer.status not in LEADS_ON:
                    must_be_there(answer.status)
                    return await read_within(answer, LARGEST)
                address = led_to(address, answer.headers, at_home=self._at_home)
        raise NotFetched(Why.OUT_OF_REACH)

    @asynccontextmanager
    async def _ask_api(self, address: str) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._api is None:
            self._api = session(aiohttp.TCPConnector(limit=AT_ONCE))
        proof = aiohttp.encode_basic_auth(self._account.sid, self._account.token)
        headers = AS_IT_IS | {"Authorization": proof}
        async with self._api.get(address, headers=headers, allow_redirects=False) as answer:
            yield answer

    @asynccontextmanager
    async def _ask_store(self, address: str) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._store is None:
            checking = PublicOnly(DefaultResolver(), at_home=self._at_home)
            self._store = session(aiohttp.TCPConnector(limit=AT_ONCE, resolver=checking))
        async with self._store.get(address, headers=AS_IT_IS, allow_redirects=False) as answer:
            yield answer

    async def close(self) -> None:
        """Close the pooled connections."""
        for each in (self._api, self._store):
            if each is not None:
                await each.close()


def _media_id(listed: bytes, place: int) -> str:
    try:
        return str(json.loads(listed)["media_list"][place]["sid"])
    except (LookupError, TypeError) as error:
        raise NotFetched(Why.GONE) from error
