"""Which headers does every page carry?"""

import secrets

from starlette.responses import Response

_REST = "; ".join(
    (
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types htmx worker",
    )
)


def policy(nonce: str) -> str:
    """Scripts of ours that the page itself named; markup is made by htmx and by nothing else."""
    return f"default-src 'none'; script-src 'nonce-{nonce}'; {_REST}"


def page_headers(nonce: str) -> dict[str, str]:
    """Nothing from outside, no framing, no caching, no address told to others."""
    return {
        "Content-Security-Policy": policy(nonce),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


def new_nonce() -> str:
    """For one answer: only what carries it is a script of ours, or a wish of ours to htmx."""
    return secrets.token_urlsafe(18)


def guard(response: Response, nonce: str) -> Response:
    """The same response with these headers, where it has none of its own by that name."""
    for name, value in page_headers(nonce).items():
        response.headers.setdefault(name, value)
    return response
