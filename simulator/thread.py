"""One phone's thread with one line, as its screen shows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from babel.dates import format_date

from simulator.address import number_of
from simulator.book import Book, Message

_LONGEST = 300
"""How many messages a screen shows."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message on the screen; `mine` was written on this phone, `tick` says how far it came."""

    sid: str
    mine: bool
    text: str
    pictures: int
    time: str
    exact: str
    tick: str | None


@dataclass(frozen=True, slots=True)
class Day:
    """The messages of one day under its name."""

    key: str
    name: str
    bubbles: tuple[Bubble, ...]


def thread(
    book: Book, phone: str, line: str, *, words: dict[str, str], language: str, now: datetime
) -> list[Day]:
    """Oldest first. What was not delivered never reached this screen; `now` has a time zone."""
    newest = (m for m in book.newest_first(phone, line) if m.sender == phone or _arrived(m))
    messages = list(islice(newest, _LONGEST))[::-1]
    days: dict[date, list[Bubble]] = {}
    zone = now.tzinfo if isinstance(now.tzinfo, ZoneInfo) else ZoneInfo("UTC")
    for message in messages:
        at = message.created.astimezone(zone)
        days.setdefault(at.date(), []).append(_bubble(message, phone, at))
    return [
        Day(day.isoformat(), day_name(day, now.date(), words, language), tuple(bubbles))
        for day, bubbles in days.items()
    ]


def _arrived(message: Message) -> bool:
    return message.status in ("delivered", "read")


def _bubble(message: Message, phone: str, at: datetime) -> Bubble:
    mine = message.sender == phone
    return Bubble(
        sid=message.sid,
        mine=mine,
        text=message.text,
        pictures=len(message.media),
        time=at.strftime("%H:%M"),
        exact=at.strftime("%Y-%m-%d %H:%M:%S"),
        tick=("delivered" if message.webhook == "ok" else "sent") if mine else None,
    )


def day_name(day: date, today: date, words: dict[str, str], language: str) -> str:
    """A day as people say it, in a thread's language."""
    if day == today:
        return words["today"]
    if day == today - timedelta(days=1):
        return words["yesterday"]
    return format_date(day, "EEEE d MMMM", locale=language).capitalize()


def readable(number: str) -> str:
    """A Swedish mobile number as people write it; other numbers as they are."""
    if number.startswith("+46") and len(number) == 12 and number[1:].isdecimal():
        return f"0{number[3:5]}-{number[5:8]} {number[8:10]} {number[10:]}"
    return number


def phones_seen(book: Book, configured: Iterable[str], lines: Iterable[str]) -> list[str]:
    """The phones to choose from: those configured, then others that wrote lately, few enough."""
    chosen = list(configured)
    for message in islice(book.newest_first(), 500):
        other = number_of(message.sender if message.direction == "inbound" else message.to)
        if other not in chosen and other not in lines and len(chosen) < 24:
            chosen.append(other)
    return chosen
