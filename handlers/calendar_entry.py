"""What may one entry of a calendar file say? What is not understood to the last word is refused:
who is on call by half a rule is on call at the wrong time.
"""

from datetime import date, datetime, timedelta

from icalendar import Event

DAYS = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
"""A shift comes again on another day. By the hour or oftener it would be counted to the end of
time."""

AT_A_TIME = ("BYHOUR", "BYMINUTE", "BYSECOND")

ONCE = ("UID", "SUMMARY", "DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID", "STATUS")
"""What an entry says once at most."""

LONGEST = 1_000
"""Characters of a name, which each occurrence repeats."""


def wrong(event: Event) -> str | None:
    """The code of what keeps this entry from being read."""
    start = None if _is_broken(event) else getattr(event.get("DTSTART"), "dt", None)
    if not isinstance(start, date):
        return "broken"
    if "DTEND" not in event and "DURATION" not in event and isinstance(start, datetime):
        return "no_end"
    if any(_in_no_zone(event.get(field)) for field in ("DTSTART", "DTEND", "RECURRENCE-ID")):
        return "zone"
    if _ends_before_it_begins(event):
        return "empty"
    return None if _repeats_by_days(event) else "rule"


def name(event: Event) -> str:
    """What it is called, in one line; nothing where it says so twice."""
    said = event.get("SUMMARY", "")
    return "" if isinstance(said, list) else " ".join(str(said).split())[:LONGEST]


def cancelled(event: Event) -> bool:
    """It stands in the file to say that it will not be."""
    return str(event.get("STATUS", "")).upper() == "CANCELLED"


def _is_broken(event: Event) -> bool:
    twice = any(isinstance(event.get(field), list) for field in ONCE)
    long = any(len(str(event.get(field, ""))) > LONGEST for field in ("UID", "SUMMARY"))
    return bool(event.errors) or twice or long


def _in_no_zone(value: object) -> bool:
    """It names a zone, and the library found none."""
    at = getattr(value, "dt", None)
    wanted = getattr(value, "params", {}).get("TZID")
    return bool(wanted) and isinstance(at, datetime) and at.tzinfo is None


def _ends_before_it_begins(event: Event) -> bool:
    """The library would turn it round, and nobody would see that it was a slip."""
    start, end, length = (
        getattr(event.get(field), "dt", None) for field in ("DTSTART", "DTEND", "DURATION")
    )
    if isinstance(length, timedelta) and length < timedelta():
        return True
    try:
        return start is not None and end is not None and bool(end < start)
    except TypeError:  # a day and a time, or one of them without a zone
        return False


def _repeats_by_days(event: Event) -> bool:
    rule = event.get("RRULE")
    if "EXRULE" in event:
        return False  # of the old standard, and the library passes over it
    if rule is None:
        return True
    often = {str(each).upper() for each in rule.get("FREQ", [])}
    every = [int(each) for each in rule.get("INTERVAL", [1])]
    once = all(len(rule.get(field, [])) <= 1 for field in AT_A_TIME)
    return once and bool(often) and often <= DAYS and all(each >= 1 for each in every)
