"""What WhatsApp through Twilio does otherwise than SMS: the window, templates, the fields.

Source: Twilio, "Error 63016", "Send WhatsApp notification messages with templates", "Twilio's
request to your incoming message webhook URL", "Track outbound message status".
"""

import json
import re
from datetime import datetime, timedelta
from typing import Any

from simulator.address import number_of

WINDOW = timedelta(hours=24)
"""How long after a phone's last text a message of the line's own words may reach it."""

OUTSIDE_WINDOW = 63016
OUTSIDE_WINDOW_TEXT = (
    "Failed to send freeform message because you are outside the allowed window. "
    "If you are using WhatsApp, please use a Message Template."
)
CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")
_MOST = 100_000
_PLACE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


class Windows:
    """When each phone last wrote to each line by WhatsApp; UTC, the longest unused forgotten."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], datetime] = {}

    def wrote(self, phone: str, line: str, at: datetime) -> None:
        """A phone wrote to a line: its window is open for 24 hours."""
        key = (number_of(phone), number_of(line))
        self._last.pop(key, None)
        self._last[key] = at
        if len(self._last) > _MOST:
            del self._last[next(iter(self._last))]

    def last(self, phone: str, line: str) -> datetime | None:
        """When the phone last wrote to the line, None where it never did."""
        return self._last.get((number_of(phone), number_of(line)))

    def forget(self, phone: str, line: str) -> None:
        """As if the phone had never written to the line."""
        self._last.pop((number_of(phone), number_of(line)), None)

    def is_open(self, phone: str, line: str, at: datetime) -> bool:
        """Whether the line's own words reach the phone at a time."""
        last = self.last(phone, line)
        return last is not None and at - last < WINDOW

    def clear(self) -> None:
        """Nobody ever wrote."""
        self._last.clear()


def read_variables(told: str | None) -> dict[str, str] | None:
    """Read ContentVariables, a JSON object; None where it is something else."""
    if not told:
        return {}
    try:
        read = json.loads(told)
    except ValueError:
        return None
    if not isinstance(read, dict):
        return None
    return {str(name): str(value) for name, value in read.items()}


def fill(template: str | None, sid: str, variables: dict[str, str]) -> str:
    """The words that reach the phone. A template nobody told of is shown by its id and values."""
    if template is None:
        return " ".join([f"[{sid}]", *variables.values()])
    return _PLACE.sub(lambda place: variables.get(place[1], ""), template)


def inbound_fields(sender: str, content_types: list[str]) -> dict[str, str]:
    """What a WhatsApp text's form has beside an SMS's; it says nothing of places."""
    number = number_of(sender)
    context: dict[str, Any] = {"ProfileName": _profile(number), "WaId": number.lstrip("+")}
    return {
        "ChannelMetadata": json.dumps(
            {"type": "whatsapp", "data": {"context": context}}, separators=(",", ":")
        ),
        "MessageType": _message_type(content_types),
        "ProfileName": context["ProfileName"],
        "ReferralNumMedia": "0",
        "WaId": context["WaId"],
    }


def _profile(number: str) -> str:
    return f"Kontakt {number[-2:]}"


def _message_type(content_types: list[str]) -> str:
    main = content_types[0].partition("/")[0] if content_types else "text"
    return main if main in ("text", "image", "audio", "video") else "document"


def callback_fields(to: str, account: str, status: str, error_code: int | None) -> dict[str, str]:
    """What a WhatsApp message's status callback has beside an SMS's."""
    fields = {
        "ChannelInstallSid": f"XE{account[2:]}",
        "ChannelPrefix": "whatsapp",
        "ChannelToAddress": number_of(to),
        "StructuredMessage": "false",
    }
    if status in ("delivered", "read", "undelivered"):
        fields["EventType"] = status.upper()
    if error_code == OUTSIDE_WINDOW:
        fields |= {"ChannelStatusMessage": OUTSIDE_WINDOW_TEXT, "ErrorMessage": OUTSIDE_WINDOW_TEXT}
    return fields
