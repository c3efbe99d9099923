"""A form as a provider posts it: read whole, but never more than the limit."""

from urllib.parse import parse_qsl

from starlette.datastructures import FormData
from starlette.requests import Request

LIMIT = 64 * 1024
"""Bytes. Twilio's longest text is 1,600 characters; the largest honest form is under 20 KiB."""

FIELDS = 200


class TooLarge(Exception):
    """The body is over the limit."""


async def read_form(request: Request) -> FormData:
    """All fields, doubled keys included, in their order. Raises TooLarge.

    Bytes that are not UTF-8 become U+FFFD; the signature then does not fit, as it should not.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > LIMIT:
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            raise TooLarge
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS
        )
    except ValueError as error:
        raise TooLarge from error
    return FormData([(name, value) for name, value in pairs])
