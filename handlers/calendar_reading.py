"""A calendar file (RFC 5545) is read: when its entries are, and what they are called.

Rules that repeat, exceptions to them and moved single ones are the library's to understand; here
it is decided what is too much and what cannot be meant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event

from domain.wall import on_paper, on_the_wall
from handlers.calendar_entry import cancelled, name, wrong

LARGEST = 5_000_000
"""Bytes of a file."""

MOST = 5_000
"""Shifts within the time that is read: more than six a day."""

BACK = AHEAD = timedelta(days=400)
"""How far back, for figures of the past, and how far ahead entries are written down."""


@dataclass(frozen=True)
class Entry:
    """One occurrence of an entry, on the wall clock of the line's zone."""

    uid: str
    """The same each time the same file is read, and no other occurrence has it."""
    name: str
    start: datetime
    end: datetime
    unwritable: bool = False
    """Wholly within the second time of an hour that occurs twice, which paper does not know."""


@dataclass(frozen=True)
class Problem:
    """What is wrong, and with what. `code` is one of: not_a_calendar, nothing, too_large, too_much,
    too_many, zone, broken, rule, no_end, empty, and what else the reader of the entries finds.
    """

    code: str
    name: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Read:
    """The entries in order, or what is wrong; with a problem there is nothing to write down."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_calendar(content: bytes, zone: ZoneInfo, now: datetime) -> Read:
    """What a calendar file says from BACK until AHEAD."""
    if len(content) > LARGEST:
        return Read(problems=(Problem("too_large"),))
    try:
        calendar = Calendar.from_ical(content)
    except (ValueError, IndexError, KeyError):
        return Read(problems=(Problem("not_a_calendar"),))
    if not isinstance(calendar, Calendar) or calendar.name != "VCALENDAR":
        return Read(problems=(Problem("not_a_calendar"),))
    events = [event for event in calendar.walk("VEVENT") if isinstance(event, Event)]
    if not events:
        return Read(problems=(Problem("nothing"),))
    problems = [found for event in events if (found := _problem(event))]
    if problems:
        return Read(problems=tuple(problems))
    return _occurrences(calendar, zone, now)


def _problem(event: Event) -> Problem | None:
    """What keeps this entry from being read at all."""
    code = wrong(event)
    return Problem(code, name(event)) if code else None


def _occurrences(calendar: Calendar, zone: ZoneInfo, now: datetime) -> Read:
    today = on_the_wall(now, zone).date()
    first, last = today - BACK, today + AHEAD
    entries = []
    try:
        for event in _between(calendar, first, last):
            entries.append(_entry(event, zone))
            if len(entries) > MOST:
                return Read(problems=(Problem("too_many"),))
    except (ValueError, OverflowError, KeyError, TypeError, AttributeError):
        return Read(problems=(Problem("broken"),))
    return Read(tuple(sorted(entries, key=lambda entry: (entry.start, entry.uid))))


def _between(calendar: Calendar, first: date, last: date) -> Iterator[Event]:
    """Day by day would be slower; the whole at once could never end: a month at a time."""
    found = recurring_ical_events.of(calendar)
    at = first
    seen: set[tuple[str, object, str]] = set()
    while at < last:
        following = min(at + timedelta(days=31), last)
        for event in found.between(at, following):
            key = str(event.get("UID", "")), event["DTSTART"].dt, name(event)
            if key not in seen and not cancelled(event):
                seen.add(key)
                yield event
        at = following


def _entry(event: Event, zone: ZoneInfo) -> Entry:
    start, end = _wall(event.start, zone), _wall(event.end, zone)
    uid = f"{event.get('UID') or name(event)} {start.isoformat()}"
    return Entry(uid, name(event), start, end, start == end and _is_second(event.start, zone))


def _is_second(at: date, zone: ZoneInfo) -> bool:
    """Within the second time of an hour that occurs twice."""
    if not isinstance(at, datetime) or at.tzinfo is None:
        return False
    return bool(at.astimezone(UTC).astimezone(zone).fold)


def _wall(at: date, zone: ZoneInfo) -> datetime:
    """A day begins at midnight; a time without a zone is the line's own."""
    if not isinstance(at, datetime):
        return datetime.combine(at, datetime.min.time())
    if at.tzinfo is not None:
        at = on_paper(at.astimezone(UTC), zone)
    return at.replace(second=0, microsecond=0)
