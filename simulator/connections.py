"""Where the simulator may post to, and the connections over which it does."""

import ipaddress
from urllib.parse import urlsplit, urlunsplit

import aiohttp


class Connections:
    """One pool, opened when it is first used. Use inside one running event loop.

    `through`: scheme, host and port to which everything is sent instead, None for where it says.
    """

    def __init__(self, through: str | None, most: int) -> None:
        self._through, self._most = through, most
        self._session: aiohttp.ClientSession | None = None

    def may_post_to(self, url: str, ours: str) -> bool:
        """Only loopback, the host of that address of ours, or where `through` leads."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return False
        if self._through is not None:
            return True
        return parts.hostname == urlsplit(ours).hostname or is_loopback(parts.hostname)

    def target(self, address: str) -> str:
        """Where a post to this address is sent."""
        if self._through is None:
            return address
        through, parts = urlsplit(self._through), urlsplit(address)
        return urlunsplit((through.scheme, through.netloc, parts.path, parts.query, ""))

    def session(self) -> aiohttp.ClientSession:
        """The pool."""
        if self._session is None:
            # Shorter than uvicorn's 5 s keep-alive, so that no post meets a closing connection.
            connector = aiohttp.TCPConnector(limit=self._most, keepalive_timeout=2)
            self._session = aiohttp.ClientSession(connector=connector)
        return self._session

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
