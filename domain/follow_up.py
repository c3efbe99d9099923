"""When may a contact who said yes be written to on the next day?"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.contact_rules import SafeHours
from domain.wall import moment, on_the_wall

DAYTIME = SafeHours(time(10), time(18))
"""For those of whom no safe hours are known."""

LEFT = timedelta(minutes=30)
"""Of the hours at least; a text that is late by a little still comes within them."""

_DAY = timedelta(days=1)


def next_day(agreed_at: datetime, hours: SafeHours | None, zone: ZoneInfo) -> datetime:
    """On the next day of the line's zone, at this time of day, or when the hours begin."""
    wall = on_the_wall(agreed_at, zone) + _DAY
    window = hours or DAYTIME
    if not _holds(window, wall):
        wall = datetime.combine(wall.date(), window.start)
    return moment(wall, zone)


def may_leave(at: datetime, hours: SafeHours | None, zone: ZoneInfo) -> bool:
    """Whether a follow-up may leave at this moment."""
    return (hours or DAYTIME).holds(on_the_wall(at, zone).time())


def next_hours(at: datetime, hours: SafeHours | None, zone: ZoneInfo) -> datetime:
    """When the hours begin next."""
    wall = on_the_wall(at, zone)
    begins = datetime.combine(wall.date(), (hours or DAYTIME).start)
    return moment(begins if begins > wall else begins + _DAY, zone)


def _holds(window: SafeHours, wall: datetime) -> bool:
    return window.holds(wall.time()) and window.holds((wall + LEFT).time())
