"""In which words is somebody told how long it takes, or when somebody is here again?

Nothing is promised: a figure is told as what was so lately, and a time only where a shift begins.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from domain.priority import TARGETS, Tier
from domain.waiting import expected, usual
from domain.wall import on_the_wall
from triage.voice import Voice

Said = tuple[str, str]
"""The text's id and its words."""

WEEK = 7
"""Days; the name of a day says no more which one is meant."""


def wait(voice: Voice, tier: Tier, lately: Sequence[timedelta]) -> Said:
    """At the end of the questions: within about how many minutes."""
    within = expected(tier, lately)
    if within is None and voice.has("waiting_unknown"):
        return _plain(voice, "waiting_unknown")
    return _within(voice, "wait", within or TARGETS[tier])


def waiting(voice: Voice, tier: Tier, lately: Sequence[timedelta], *, first: bool) -> Said:
    """While they wait: the first time how long it usually takes, then what they would rather do."""
    urgent = tier is Tier.P1
    if not first:
        return _plain(voice, "wait_long_p1" if urgent else "wait_long")
    if urgent:
        return _plain(voice, "waiting_p1")
    within = usual(lately)
    if within is None:
        return _plain(voice, "waiting_unknown")
    return _within(voice, "waiting", within)


def chosen(voice: Voice, tier: Tier) -> Said:
    """They have said that they wait, which is seen and not asked again."""
    urgent = tier is Tier.P1
    text_id = "wait_chosen_p1" if urgent else "wait_chosen"
    if not voice.has(text_id):  # an older script
        text_id = "waiting_p1" if urgent else "waiting_unknown"
    return _plain(voice, text_id)


def unreached(voice: Voice, tier: Tier) -> Said:
    """Nobody could be reached."""
    return _plain(voice, "p1_alone" if tier is Tier.P1 else "unreached")


def alone(
    voice: Voice,
    staffed_at: datetime | None,
    now: datetime,
    zone: ZoneInfo,
) -> Said:
    """Nobody is on call: when somebody is, in words, where that is known."""
    day = _day(voice, staffed_at, now, zone) if staffed_at else None
    if day is None or staffed_at is None:
        return _plain(voice, "wait_alone")
    words = voice.says("closed")
    at = format_time(on_the_wall(staffed_at, zone), "HH:mm", locale=voice.language)
    return "closed", words.replace("{day}", day).replace("{time}", at)


def _day(voice: Voice, at: datetime, now: datetime, zone: ZoneInfo) -> str | None:
    """None where it is too far away for the name of a day, or an older script has no words."""
    day, today = on_the_wall(at, zone).date(), on_the_wall(now, zone).date()
    ahead = (day - today).days
    text_id = {0: "today", 1: "tomorrow"}.get(ahead, "on_day")
    if ahead >= WEEK or not voice.has(text_id):
        return None
    name = format_date(day, "EEEE", locale=voice.language)
    return voice.says(text_id).replace("{weekday}", name)


def _within(voice: Voice, text_id: str, within: timedelta) -> Said:
    words = voice.says(text_id)
    return text_id, words.replace("{min}", str(int(within.total_seconds() // 60)))


def _plain(voice: Voice, text_id: str) -> Said:
    return text_id, voice.says(text_id)
