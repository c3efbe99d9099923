"""Was this form made by us, for this visitor?

Signed in: a keyed hash of the session's token. Signed out: a keyed hash of a random cookie
(double submit). Neither the session nor the cookie ever stands in a page.
"""

import hashlib
import hmac
import secrets

COOKIE = "utvag_form"
FIELD = "csrf"


def token_for(secret: str) -> str:
    """The value of FIELD in forms of the visitor who holds `secret` in a cookie."""
    return hmac.new(secret.encode(), b"utvag form", hashlib.sha256).hexdigest()


def new_secret() -> str:
    """For the cookie of somebody who is not signed in."""
    return secrets.token_urlsafe(24)


def holds(secret: str | None, given: str) -> bool:
    """Whether the form's token belongs to the cookie's secret; constant in time."""
    if not secret:
        return False
    return hmac.compare_digest(token_for(secret).encode(), given.encode())
