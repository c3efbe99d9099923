"""Is this page asked for by a name of ours? (contract.md, "HTTP")."""

import re

from starlette.requests import Request

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::[0-9]{1,5})?", re.IGNORECASE)
"""A name or an address and no more than a port behind it: what else a URL may hold before and after
its host is no part of this header (RFC 9110, 7.2)."""


def is_ours(request: Request, public_host: str) -> bool:
    """Whether the one Host header names the public URL's host or this machine, on any port."""
    said = request.headers.getlist("host")
    found = _HOST.fullmatch(said[0]) if len(said) == 1 else None
    if found is None:
        return False
    name = (found[1] or found[2]).lower()
    return name in LOCAL or name == public_host
