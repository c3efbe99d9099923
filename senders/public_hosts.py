"""Does an address lie on the public internet? A redirect must never lead into our own network."""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult

_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("::/96"))
"""IPv6 addresses in which an IPv4 address is hidden (RFC 6052, RFC 4291): never followed."""


_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z]){_LABEL}")
"""A whole host name whose last part is no number: "127.1", "0x7f.1" and "2130706433" are addresses
to whoever resolves them (https://url.spec.whatwg.org/#ends-in-a-number-checker)."""

_NEVER_PUBLIC = ("localhost", "local", "internal", "arpa", "test", "invalid", "onion", "alt")
"""Last parts of names that the public name servers know nothing of
(https://www.iana.org/assignments/special-use-domain-names)."""


def may_be_public(host: str) -> bool:
    """Whether this is a public address or a name that may stand for one: whoever connects asks
    `PublicOnly` what it stands for."""
    if is_literal(host):
        return is_public(host)
    plain = host.lower()
    return bool(_NAME.fullmatch(plain)) and plain.rpartition(".")[2] not in _NEVER_PUBLIC


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


_ONE_WORD = re.compile(rf"(?=[a-z]){_LABEL}")


def is_our_own(host: str) -> bool:
    """Whether only our own network knows this address: a private number, a name of one word, or one
    that public name servers know nothing of. False for whatever it does not understand."""
    if is_loopback(host):
        return True
    if is_literal(host):
        return ip_address(host.strip("[]").partition("%")[0]).is_private
    plain = host.lower()
    if _ONE_WORD.fullmatch(plain):
        return True
    return bool(_NAME.fullmatch(plain)) and plain.rpartition(".")[2] in _NEVER_PUBLIC


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

    def __init__(self, inner: AbstractResolver, *, at_home: bool = False) -> None:
        """`inner` asks the name servers; `at_home`: this machine's own name is let through too."""
        self._inner, self._at_home = inner, at_home

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises OSError where the name has no public address."""
        found = await self._inner.resolve(host, port, family)
        if self._at_home and is_loopback(host):
            return found
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise OSError("no public address")
        return public

    async def close(self) -> None:
        """Close the inner one."""
        await self._inner.close()
