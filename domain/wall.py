"""What moment a time on the wall clock is, on the two days of a year on which that is a question.

The hour that does not exist: its times are the moment at which the clock went forward, so that a
shift from 02:30 begins at the next time that exists. The hour that occurs twice: its times are the
first of the two. A later time on the wall is thus never an earlier moment: what follows each other
on paper follows each other without a gap and without an overlap.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=8192)
def moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) of a wall-clock time without a zone."""
    first = wall.replace(tzinfo=zone, fold=0)
    early = first.astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    return _change(early, zone)


def on_the_wall(at: datetime, zone: ZoneInfo) -> datetime:
    """What the wall clock shows at a moment, without its zone."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def on_paper(at: datetime, zone: ZoneInfo) -> datetime:
    """The wall-clock time that means this moment, or the first later one that can be written: paper
    knows the hour that occurs twice once, and within its second time there is only its end. A later
    moment is thus never an earlier time on paper.
    """
    wall = at.astimezone(zone)
    if not wall.fold:
        return wall.replace(tzinfo=None)
    before = wall.replace(fold=0).utcoffset() or timedelta()
    return (_change(at, zone) + before).replace(tzinfo=None)


@lru_cache(maxsize=64)
def _change(near: datetime, zone: ZoneInfo) -> datetime:
    """The moment of the change within a day of `near`: the offset changes once in it."""
    low, high = near - timedelta(days=1), near + timedelta(days=1)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
