"""Is this page asked for by a name of ours? (contract.md, "HTTP")."""

from urllib.parse import urlsplit

from starlette.requests import Request

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def is_ours(request: Request, public_host: str) -> bool:
    """Whether Host names the public URL's host or this machine, on any port."""
    try:
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return False
    return name in LOCAL or (bool(name) and name == public_host)
