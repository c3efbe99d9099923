"""What a list asks for by date: a name such as DateSent or StartTime, with `>` or `<` behind it.

Source: Twilio, "Read multiple Message resources": a day or a full time in UTC; `DateSent>`
and `DateSent<` include the time named. A message with no date yet matches no date.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class DateFilter:
    """From `first` up to, not including, `end`; None where there is no limit. UTC."""

    first: datetime | None = None
    end: datetime | None = None

    def matches(self, sent: datetime | None) -> bool:
        """Compare to the second, as Twilio keeps its dates."""
        if self.first is None and self.end is None:
            return True
        if sent is None:
            return False
        at = sent.replace(microsecond=0)
        return (self.first is None or at >= self.first) and (self.end is None or at < self.end)


def read_dates(query: Mapping[str, str], name: str) -> DateFilter:
    """Read the filter by this name of a request. Raises ValueError where a date is none."""
    first = end = None
    if exact := query.get(name):
        first, length = _parse(exact)
        end = first + length
    if after := query.get(f"{name}>"):
        first = _parse(after)[0]
    if before := query.get(f"{name}<"):
        end = _parse(before)[0] + _SECOND
    return DateFilter(first, end)


def _parse(text: str) -> tuple[datetime, timedelta]:
    at = datetime.fromisoformat(text)
    length = timedelta(days=1) if len(text) == len("2026-01-31") else _SECOND
    return at.replace(tzinfo=at.tzinfo or UTC).replace(microsecond=0), length
