"""Which phone writes with which line and by what, as the page's addresses and forms tell it."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request

from simulator.address import on_whatsapp
from simulator.config import Config

CHANNELS = ("sms", "whatsapp")
_LONGEST_NUMBER = 15
_LONGEST_FORM = 64 * 1024


@dataclass(frozen=True, slots=True)
class Chosen:
    """A phone, a line, and the channel between them."""

    phone: str
    line: str
    channel: str = "sms"

    @property
    def query(self) -> str:
        """The part of the page's address that says so."""
        told = {"phone": self.phone.lstrip("+"), "line": self.line.lstrip("+")}
        return urlencode(told | ({} if self.channel == "sms" else {"channel": self.channel}))

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
    )


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form."""
    body = (await request.body())[:_LONGEST_FORM]
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def same_origin(request: Request) -> bool:
    """Whether the form was on this page and not on somebody else's."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
