"""What does the law make us report, by when, and what ends such a task? (domain.md, "Law and
provider": a child at risk is a task "report now" that cannot be closed without an outcome.)"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    """CHILD: somebody under 18 is at risk (socialtjänstlagen: at once). CARE: somebody may need
    care that they do not ask for (LVU). AVERT: a grave crime that can still be averted
    (brottsbalken 23:6)."""

    CHILD = "child"
    CARE = "care"
    AVERT = "avert"


class Within(StrEnum):
    """How long there is for it, as whoever raises it chooses."""

    HOUR = "hour"
    HOURS = "hours"
    DAY = "day"

    @property
    def length(self) -> timedelta:
        """From the moment at which it is raised."""
        return _LENGTHS[self]


_LENGTHS = {
    Within.HOUR: timedelta(hours=1),
    Within.HOURS: timedelta(hours=4),
    Within.DAY: timedelta(hours=24),
}


class Outcome(StrEnum):
    """One of these ends a duty; nothing else does."""

    REPORTED = "reported"
    NOT_NEEDED = "not_needed"


class Recipient(StrEnum):
    """To whom it was reported."""

    SOCIAL_SERVICES = "social_services"
    ON_CALL = "on_call"
    """The social services' own emergency line, outside office hours."""
    ELSEWHERE = "elsewhere"
    """The social services of another municipality."""
    POLICE = "police"


RAISED_BY_MARK: Mapping[str, Kind] = {"under_18": Kind.CHILD}
"""By the mark that the scripted questions set: a sign that nobody has to notice first."""

BY_ITSELF = Within.HOURS
"""For what the questions raise: a person looks at it first."""

EARLIEST = timedelta(days=30)
"""So long before it was raised it may have been reported already, and no earlier."""
