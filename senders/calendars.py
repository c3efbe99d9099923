"""A calendar that somebody publishes: fetched from a public host by https, and from nowhere else.

Its address may be a secret of whoever publishes it (a "private address"): it is neither kept nor
logged.
"""

import aiohttp
from aiohttp.resolver import DefaultResolver

from senders.fetching import (
    AS_IT_IS,
    AT_ONCE,
    LEADS_ON,
    REDIRECTS,
    is_fetched_from,
    led_to,
    must_be_there,
    read_within,
    session,
)
from senders.media import LARGEST_CALENDAR, Fetched, NotFetched, Why
from senders.public_hosts import PublicOnly

_SUBSCRIBED = "webcal://"
"""As calendars write the address that one subscribes to; it is https."""


class PublicCalendars:
    """Fetches what anybody could fetch."""

    def __init__(self, *, at_home: bool = False) -> None:
        """Connects when it is first used. `at_home`: from this machine, too; for tests."""
        self._at_home = at_home
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, address: str) -> Fetched:
        """LARGEST_CALENDAR bytes at most. Raises NotFetched."""
        if address.lower().startswith(_SUBSCRIBED):
            address = f"https://{address[len(_SUBSCRIBED) :]}"
        if not is_fetched_from(address, at_home=self._at_home):
            raise NotFetched(Why.NOT_PUBLIC)
        try:
            return Fetched(await self._follow(address))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise NotFetched(Why.OUT_OF_REACH) from error

    async def _follow(self, address: str) -> bytes:
        if self._session is None:
            checking = PublicOnly(DefaultResolver(), at_home=self._at_home)
            self._session = session(aiohttp.TCPConnector(limit=AT_ONCE, resolver=checking))
        for _ in range(REDIRECTS + 1):
            asked = self._session.get(address, headers=AS_IT_IS, allow_redirects=False)
            async with asked as answer:
                if answer.status not in LEADS_ON:
                    must_be_there(answer.status)
                    return await read_within(answer, LARGEST_CALENDAR)
                address = led_to(address, answer.headers, at_home=self._at_home)
        raise NotFetched(Why.OUT_OF_REACH)

    async def close(self) -> None:
        """Close the pooled connections."""
        if self._session is not None:
            await self._session.close()
