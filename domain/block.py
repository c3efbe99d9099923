"""For how long may whom be blocked, and why?

A blocked sender's texts are kept and nobody is called by them; a word of danger ends the block.
"""

from datetime import timedelta
from enum import StrEnum

A_DAY = timedelta(hours=24)
"""At the longest, by a counsellor; a coordinator's lasts up to thirty days."""


class Reason(StrEnum):
    """Never a text: what staff write about a sender would be one more thing to protect."""

    THREATS = "threats"
    PRANKS = "pranks"
    FLOODING = "flooding"
    ADVERTISING = "advertising"
    OTHER = "other"


class Lasts(StrEnum):
    """What the page offers."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def length(self) -> timedelta:
        """How long that is."""
        return _LENGTHS[self]


_LENGTHS = {
    Lasts.HOUR: timedelta(hours=1),
    Lasts.DAY: timedelta(hours=24),
    Lasts.WEEK: timedelta(days=7),
    Lasts.MONTH: timedelta(days=30),
}


def offered(*, long: bool) -> tuple[Lasts, ...]:
    """Those that may be chosen; `long`: by somebody who may block for longer than a day."""
    return tuple(lasts for lasts in Lasts if long or lasts.length <= A_DAY)
