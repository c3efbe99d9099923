"""How are the stretches of a rota said? In words for ears, in figures for narrow blocks."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

from domain.wall import on_the_wall
from staff.times import Times
from staff.words import words

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class RotaTimes:
    """On the wall clock, in one visitor's language."""

    times: Times

    def wall(self, at: datetime) -> datetime:
        """What the wall clock shows at a moment, to the minute."""
        return on_the_wall(at, self.times.zone).replace(second=0, microsecond=0)

    def day(self, day: date) -> str:
        """Such as "Fri 6 Mar"; with the year where it is another one."""
        here = self.wall(self.times.now).date()
        pattern = "EEE d MMM" if day.year == here.year else "EEE d MMM y"
        return format_date(day, pattern, locale=self.times.language).replace(".", "")

    def weekday(self, number: int) -> str:
        """Monday is 0."""
        return format_date(date(2024, 1, 1) + number * _DAY, "EEEE", locale=self.times.language)

    def weekdays(self, days: list[int]) -> str:
        """Such as "Mon–Fri" or "Mon, Wed"."""
        short = [
            format_date(date(2024, 1, 1) + n * _DAY, "EEE", locale=self.times.language)
            for n in sorted(days)
        ]
        in_a_row = len(short) > 2 and max(days) - min(days) == len(short) - 1
        return f"{short[0]}–{short[-1]}" if in_a_row else ", ".join(short)

    def month(self, day: date) -> str:
        """Such as "March 2026"."""
        said = self.times.month(day)
        return said[:1].upper() + said[1:]

    def week(self, day: date) -> str:
        """Such as "Week 10", by ISO 8601."""
        return self._say("rota.week_number", n=day.isocalendar().week)

    def stretch(self, start: datetime, end: datetime) -> str:
        """From one time on the wall to another; whole days without their hours."""
        if start.time() == end.time() == time() and start < end:
            last = (end - _DAY).date()
            if last == start.date():
                return self.day(last)
            return self._say("rota.stretch", start=self.day(start.date()), end=self.day(last))
        begins = f"{self.day(start.date())} {start:%H:%M}"
        same = start.date() == end.date()
        ends = f"{end:%H:%M}" if same else f"{self.day(end.date())} {end:%H:%M}"
        return self._say("rota.stretch", start=begins, end=ends)

    def moment(self, at: datetime) -> str:
        """One time on the wall."""
        return f"{self.day(at.date())} {at:%H:%M}"

    def hours(self, lasted: timedelta) -> str:
        """Such as 36, or 7.5."""
        number = f"{lasted / timedelta(hours=1):.1f}".removesuffix(".0")
        return format_decimal(Decimal(number), locale=self.times.language)

    def _say(self, key: str, **values: object) -> str:
        return words(self.times.language).say(key, **values)


def figures(start: datetime, end: datetime) -> str:
    """Such as 20–08, 20:30–08 or 16–24."""
    until = _figure(end) if end.time() != time() else "24"
    return f"{_figure(start)}–{until}"


def _figure(at: datetime) -> str:
    return f"{at:%H:%M}" if at.minute else f"{at:%H}"


def field(at: datetime) -> str:
    """For a field of a form that holds a date and a time."""
    return f"{at:%Y-%m-%dT%H:%M}"
