"""What does a form say?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

from starlette.requests import Request

from domain.conversation import Outcome
from domain.gate import Gate
from handlers.errors import BadInput

LARGEST = 64 * 1024
"""Bytes of a form's body."""

LARGEST_FILE = 1_500_000
"""Bytes of a form with a file in it."""

MOST_FIELDS = 1_500
"""A pattern of a year has a field for each of its shifts."""

LARGEST_HEAD = 4 * 1024
"""Bytes of what stands before a field that is sent in a part of its own."""

Choice = TypeVar("Choice", bound=StrEnum)

_YEARS = range(2000, 2200)


class FormTooLarge(Exception):
    """More was posted than any form of ours holds."""


@dataclass(frozen=True)
class Form:
    """The fields of a posted form; of several by one name the first counts."""

    fields: Mapping[str, str]
    file: bytes = b""
    """What was sent in a file; empty where there is none."""

    def text(self, name: str) -> str:
        """A field as written, with newlines as the line counts them; empty when missing."""
        return self.given(name) or ""

    def given(self, name: str) -> str | None:
        """As `text`; None when the form has no such field."""
        written = self.fields.get(name)
        return written and written.replace("\r\n", "\n").replace("\x00", "")

    def stands(self, name: str) -> str | None:
        """What stands in a box by now, where somebody went on writing after their press."""
        now = self.given(f"{name}_stands")
        return self.given(name) if now is None else now

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return bool(self.fields.get(name))

    def uuid(self, name: str) -> UUID:
        """Raises BadInput (name: unknown)."""
        try:
            return UUID(self.fields.get(name, ""))
        except ValueError:
            raise BadInput(name, "unknown") from None

    def seen(self) -> UUID:
        """The last message that the page showed; one before all others where it does not say."""
        try:
            return UUID(self.fields.get("seen", ""))
        except ValueError:
            return UUID(int=0)

    def choices(self, name: str, choices: type[Choice]) -> tuple[Choice, ...]:
        """Those that were ticked, each a box called `name_code`."""
        return tuple(one for one in choices if self.ticked(f"{name}_{one}"))

    def number(self, name: str) -> int:
        """A whole number; 0 where the field holds none."""
        written = self.fields.get(name, "")
        return int(written) if written.isdecimal() and len(written) < 10 else 0

    def choice(self, name: str, choices: type[Choice]) -> Choice:
        """One of a list. Raises BadInput (name: unknown)."""
        try:
            return choices(self.fields.get(name, ""))
        except ValueError:
            raise BadInput(name, "unknown") from None

    def wall(self, name: str) -> datetime:
        """A date and a time on the wall clock, to the minute. Raises BadInput (name: unclear)."""
        try:
            found = datetime.fromisoformat(self.fields.get(name, "").strip())
        except ValueError:
            raise BadInput(name, "unclear") from None
        if found.tzinfo is not None or found.year not in _YEARS:
            raise BadInput(name, "unclear")
        return found.replace(second=0, microsecond=0)

    def day(self, name: str) -> date:
        """A date. Raises BadInput (name: unclear)."""
        return self.wall(name).date()

    def outcome(self) -> Outcome:
        """Raises BadInput (outcome: unknown)."""
        try:
            return Outcome(self.fields.get("outcome", ""))
        except ValueError:
            raise BadInput("outcome", "unknown") from None

    def gate(self) -> Gate:
        """Open or closed. Raises BadInput (gate: unknown)."""
        if self.fields.get("gate") not in (Gate.OPEN, Gate.CLOSED):
            raise BadInput("gate", "unknown")
        return Gate(self.fields["gate"])

    def wall_time(self, name: str) -> time:
        """A time of day such as 22:30. Raises BadInput (hours: unclear)."""
        try:
            return time.fromisoformat(self.fields.get(name, "")).replace(tzinfo=None)
        except ValueError:
            raise BadInput("hours", "unclear") from None


async def read_form(request: Request, *, with_file: bool = False) -> Form:
    """Read a URL-encoded body, or where a file may come one in parts; anything else has no fields.

    Raises FormTooLarge.
    """
    kind = request.headers.get("content-type", "")
    in_parts = with_file and kind.startswith("multipart/form-data")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > (LARGEST_FILE if in_parts else LARGEST):
            raise FormTooLarge
    if in_parts:
        return parts(kind, bytes(body))
    if not kind.startswith("application/x-www-form-urlencoded"):
        return Form({})
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise FormTooLarge from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return Form(fields)


def parts(kind: str, body: bytes) -> Form:
    """A body in parts (RFC 7578): the fields, and the one file. What stands in a part is taken as
    it is; parts within parts are none of ours. Raises FormTooLarge."""
    fields: dict[str, str] = {}
    file = b""
    for head, content in _pieces(kind, body):
        name = head.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            continue
        if head.get_filename() is not None:
            file = file or content
        else:
            fields.setdefault(name, content.decode("utf-8", "replace"))
    return Form(fields, file)


def _pieces(kind: str, body: bytes) -> Iterator[tuple[Message, bytes]]:
    boundary = _headers(b"Content-Type: " + kind.encode("latin-1", "replace")).get_boundary()
    if not boundary:
        return
    between = b"\r\n--" + boundary.encode("utf-8", "replace")
    found = (b"\r\n" + body).split(between, MOST_FIELDS + 1)[1:]
    if len(found) > MOST_FIELDS:
        raise FormTooLarge
    for piece in found:
        if piece.startswith(b"--"):
            return
        head, _, content = piece.partition(b"\r\n\r\n")
        if len(head) > LARGEST_HEAD:
            raise FormTooLarge
        yield _headers(head.lstrip()), content


def _headers(written: bytes) -> Message:
    return BytesHeaderParser(policy=compat32).parsebytes(written + b"\r\n\r\n")
