"""Does an address lie on the public internet? A redirect must never lead into our own network."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult

_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("::/96"))
"""IPv6 addresses in which an IPv4 address is hidden (RFC 6052, RFC 4291): never followed."""


def is_public(host: str) -> bool:
    """Whether this literal address is anybody's but ours; False for a name."""
    try:
        address: IPv4Address | IPv6Address = ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address.sixtofour or address.teredo or any(address in net for net in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast


def is_loopback(host: str) -> bool:
    """Whether the host is this very machine, by name or number."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_literal(host: str) -> bool:
    """Whether the host is a number, which no resolver is asked about."""
    try:
        ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


class PublicOnly(AbstractResolver):
    """Resolves names to public addresses alone; the connection goes to what was checked."""

    def __init__(self, inner: AbstractResolver) -> None:
        """`inner` asks the name servers."""
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises OSError where the name has no public address."""
        found = await self._inner.resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise OSError("no public address")
        return public

    async def close(self) -> None:
        """Close the inner one."""
        await self._inner.close()
