"""Which headers does every page carry?"""

from starlette.responses import Response

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
    )
)


def page_headers() -> dict[str, str]:
    """Nothing from outside, no framing, no caching, no address told to others."""
    return {
        "Content-Security-Policy": CSP,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


def guard(response: Response) -> Response:
    """The same response with these headers, where it has none of its own by that name."""
    for name, value in page_headers().items():
        response.headers.setdefault(name, value)
    return response
