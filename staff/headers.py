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
        "manifest-src 'self'",
        "worker-src 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types htmx worker",
    )
)


def policy(nonce: str, framed_by: str = "") -> str:
    """Scripts of ours that the page itself named; markup is made by htmx and by nothing else."""
    framers = framed_by or "'none'"
    return f"default-src 'none'; script-src 'nonce-{nonce}'; frame-ancestors {framers}; {_REST}"


def page_headers(nonce: str, framed_by: str = "") -> dict[str, str]:
    """Nothing from outside, no caching, no address told to others, framed by nobody.

    `framed_by`: the one origin that may.
    """
    denied = {} if framed_by else {"X-Frame-Options": "DENY"}
    return denied | {
        "Content-Security-Policy": policy(nonce, framed_by),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


def new_nonce() -> str:
    """For one answer: only what carries it is a script of ours, or a wish of ours to htmx."""
    return secrets.token_urlsafe(18)


def guard(response: Response, nonce: str, framed_by: str = "") -> Response:
    """The same response with these headers, where it has none of its own by that name."""
    for name, value in page_headers(nonce, framed_by).items():
        response.headers.setdefault(name, value)
    return response
