"""A form as a provider posts it: read whole, but never more than the limit."""

from urllib.parse import parse_qsl

from starlette.datastructures import FormData
from starlette.requests import Request

from webhooks.body import TooLarge, read_body

LIMIT = 64 * 1024
"""Bytes. Twilio's longest text is 1,600 characters; the largest honest form is under 20 KiB."""

FIELDS = 200


async def read_form(request: Request) -> FormData:
    """All fields, doubled keys included, in their order. Raises TooLarge.

    Bytes that are not UTF-8 become U+FFFD; the signature then does not fit, as it should not.
    """
    body = await read_body(request, LIMIT)
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS
        )
    except ValueError as error:
        raise TooLarge from error
    return FormData([(name, value) for name, value in pairs])
