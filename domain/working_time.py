"""When is somebody told of what can wait until morning? In working time, on the wall of the line's
city, so that nobody is woken for it."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.wall import moment, on_the_wall

BEGINS = time(8)
ENDS = time(17)
DAYS = range(5)
"""Monday to Friday. Public holidays are working days here: being told on one wakes nobody."""


def is_working(at: datetime, zone: ZoneInfo) -> bool:
    """Whether somebody is told then."""
    wall = on_the_wall(at, zone)
    return wall.weekday() in DAYS and BEGINS <= wall.time() < ENDS


def next_working(at: datetime, zone: ZoneInfo) -> datetime:
    """`at` itself in working time, or else the next moment (UTC) at which that begins."""
    if is_working(at, zone):
        return at
    day = on_the_wall(at, zone).date()
    mornings = (datetime.combine(day + timedelta(days=ahead), BEGINS) for ahead in range(8))
    return next(
        begins
        for morning in mornings
        if morning.weekday() in DAYS and (begins := moment(morning, zone)) > at
    )
