"""Did Twilio send this? Its own validator, against the configured public URL.

Never against the request's own host: behind a proxy that is not the address Twilio signed, and
an attacker chooses it. Source: https://www.twilio.com/docs/usage/security#validating-requests
"""

import hmac

from starlette.datastructures import FormData
from starlette.requests import Request
from twilio.request_validator import RequestValidator


class Signature:
    """Checks requests for one account's token."""

    def __init__(self, public_url: str, token: str) -> None:
        """`public_url`: scheme, host and port, as configured at Twilio, without a path's end."""
        self._public_url = public_url
        self._validator = RequestValidator(token)

    def holds(self, request: Request, form: FormData) -> bool:
        """Whether the signature is Twilio's for this address and these fields.

        Where it is not, the validator also tries the address with and without its port, as
        Twilio signs some requests.
        """
        given = request.headers.get("x-twilio-signature", "")
        path = request.scope.get("raw_path", b"").decode("ascii", "replace")
        query = request.scope.get("query_string", b"").decode("ascii", "replace")
        url = self._public_url + path.split("?")[0] + (f"?{query}" if query else "")
        expected = self._validator.compute_signature(url, form)
        if hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
            return True
        return bool(self._validator.validate(url, form, given))
