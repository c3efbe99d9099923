"""Which phone writes with which line and by what, as the page's addresses and forms tell it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from simulator.address import on_whatsapp
from simulator.config import Config

CHANNELS = ("sms", "whatsapp")
_LONGEST_NUMBER = 15


@dataclass(frozen=True, slots=True)
class Chosen:
    """A phone, a line, and the channel between them."""

    phone: str
    line: str
    channel: str = "sms"
    framed: bool = False
    """The phone alone, inside another page."""

    @property
    def query(self) -> str:
        """The part of the page's address that says so."""
        told = {"phone": self.phone.lstrip("+"), "line": self.line.lstrip("+")}
        channel = {} if self.channel == "sms" else {"channel": self.channel}
        return urlencode(told | channel | ({"frame": "1"} if self.framed else {}))

    @property
    def sender(self) -> str:
        """The phone's address on the channel."""
        return on_whatsapp(self.phone) if self.channel == "whatsapp" else self.phone

    @property
    def to(self) -> str:
        """The line's address on the channel."""
        return on_whatsapp(self.line) if self.channel == "whatsapp" else self.line


def choose(config: Config, told: dict[str, str]) -> Chosen:
    """What a query or a form names; the first of each where it names none that there is."""
    lines = config.lines
    phone = f"+{told.get('phone', '').strip().lstrip('+')[:_LONGEST_NUMBER]}"
    line = f"+{told.get('line', '').strip().lstrip('+')}"
    channel = told.get("channel", "")
    return Chosen(
        phone if phone[1:].isdecimal() and phone not in lines else config.phones[0],
        line if line in lines else lines[0],
        channel if channel in CHANNELS else CHANNELS[0],
        "frame" in told,
    )
