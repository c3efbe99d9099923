"""How are times said? As people say them, in the house's zone; exact beside it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time

from staff.words import words


@dataclass(frozen=True)
class Times:
    """Says times to one visitor; `now` is when the page was made."""

    zone: ZoneInfo
    language: str
    now: datetime

    def local(self, at: datetime) -> datetime:
        """On the wall clock of the line's city."""
        return at.astimezone(self.zone)

    def clock(self, at: datetime) -> str:
        """Such as 01:58; with the day before it when that is not today."""
        here = self.local(at)
        said = format_time(here, "HH:mm", locale=self.language)
        if here.date() == self.local(self.now).date():
            return said
        return f"{format_date(here.date(), 'd MMM', locale=self.language)} {said}"

    def kept(self, written: str) -> str:
        """As `clock`, of a moment that an event keeps in its detail (ISO 8601, with its offset)."""
        return self.clock(datetime.fromisoformat(written))

    def hour(self, at: datetime) -> str:
        """Such as 01:58, whatever day it was."""
        return format_time(self.local(at), "HH:mm", locale=self.language)

    def exact(self, at: datetime) -> str:
        """Weekday, date and time to the second."""
        here = self.local(at)
        return format_datetime(here, "EEEE d MMMM y HH:mm:ss", locale=self.language)

    def iso(self, at: datetime) -> str:
        """For the datetime attribute of a time element."""
        return self.local(at).isoformat(timespec="seconds")

    def day(self, day: date) -> str:
        """Today, yesterday, or the date."""
        distance = (self.local(self.now).date() - day).days
        if distance in (0, 1):
            return self._say("time.today" if distance == 0 else "time.yesterday")
        pattern = "EEEE d MMMM" if 0 < distance < 300 else "d MMMM y"
        said = format_date(day, pattern, locale=self.language)
        return said[:1].upper() + said[1:]

    def month(self, day: date) -> str:
        """Such as "March 2026", as it stands inside a sentence."""
        return format_date(day, "LLLL y", locale=self.language)

    def date(self, at: datetime) -> str:
        """Day, month and year."""
        return format_datetime(self.local(at), "d MMM y", locale=self.language)

    def length(self, lasted: timedelta) -> str:
        """Such as "4 min"; never more than two units."""
        minutes = int(lasted.total_seconds()) // 60
        if minutes < 1:
            return self._say("time.under_a_minute")
        days, hours, left = minutes // 1440, minutes // 60 % 24, minutes % 60
        units = [("time.days", days), ("time.hours", hours), ("time.minutes", left)]
        parts = [self._say(key, n=count) for key, count in units if count]
        return " ".join(parts[:2])

    def span(self, lasts: timedelta) -> str:
        """Of something that is over after it: hours, and from two days on the days, begun ones
        counted."""
        hours = -(-lasts // timedelta(hours=1))
        if hours < 48:
            return self._say("time.full_hours", n=hours)
        return self._say("time.full_days", n=-(-lasts // timedelta(days=1)))

    def _say(self, key: str, **values: object) -> str:
        return words(self.language).say(key, **values)
