"""A message as Twilio's REST API tells it, and its errors.

Source: Twilio, "Messages resource" and "Error and warning dictionary".
"""

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from starlette.responses import JSONResponse

from simulator.book import Message
from simulator.whatsapp import OUTSIDE_WINDOW, OUTSIDE_WINDOW_TEXT

API = "/2010-04-01"
ERRORS = {
    20001: (400, "Invalid parameter"),
    20003: (401, "Authentication Error - invalid username"),
    20009: (409, "Cannot delete this resource before it is complete"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21211: (400, "Invalid 'To' Phone Number"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number provided is not a valid number of this account"),
    21609: (400, "The 'StatusCallback' URL is not a valid URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21655: (400, "The ContentSid is Invalid"),
    21656: (400, "The ContentVariables Parameter is invalid"),
    21910: (400, "Invalid From and To pair. From and To should be of the same channel"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
}
ERROR_MESSAGES = {
    30003: "Unreachable destination handset",
    OUTSIDE_WINDOW: OUTSIDE_WINDOW_TEXT,
}


def error(code: int, **headers: str) -> JSONResponse:
    """Twilio's answer to a refused request."""
    status, message = ERRORS[code]
    content = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return JSONResponse(content, status, headers=headers)


def resource(message: Message, account: str) -> dict[str, Any]:
    """One message; numbers that Twilio gives as text are text."""
    path = f"{API}/Accounts/{account}/Messages/{message.sid}"
    code = message.error_code
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": rfc2822(message.created),
        "date_sent": rfc2822(message.sent),
        "date_updated": rfc2822(message.updated),
        "direction": message.direction,
        "error_code": code,
        "error_message": None if code is None else ERROR_MESSAGES.get(code),
        "from": message.sender,
        "messaging_service_sid": None,
        "num_media": str(len(message.media)),
        "num_segments": str(max(message.segments, 1)),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": message.to,
        "uri": f"{path}.json",
    }


def rfc2822(at: datetime | None) -> str | None:
    """A moment in UTC as Twilio writes it, to the second."""
    return None if at is None else format_datetime(at)
