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
from triage import engine
from triage.script import Script

Said = tuple[str, str]
"""The text's id and its words."""

WEEK = 7
"""Days; the name of a day says no more which one is meant."""


def wait(script: Script, language: str, tier: Tier, lately: Sequence[timedelta]) -> Said:
    """At the end of the questions: within about how many minutes."""
    within = expected(tier, lately)
    if within is None and "waiting_unknown" in script.texts:
        return _plain(script, "waiting_unknown", language)
    return _within(script, "wait", language, within or TARGETS[tier])


def waiting(
    script: Script, language: str, tier: Tier, lately: Sequence[timedelta], *, first: bool
) -> Said:
    """While they wait: the first time how long it usually takes, then what they would rather do."""
    urgent = tier is Tier.P1
    if not first:
        return _plain(script, "wait_long_p1" if urgent else "wait_long", language)
    if urgent:
        return _plain(script, "waiting_p1", language)
    within = usual(lately)
    if within is None:
        return _plain(script, "waiting_unknown", language)
    return _within(script, "waiting", language, within)


def chosen(script: Script, language: str, tier: Tier) -> Said:
    """They have said that they wait, which is seen and not asked again."""
    urgent = tier is Tier.P1
    text_id = "wait_chosen_p1" if urgent else "wait_chosen"
    if text_id not in script.texts:  # an older script
        text_id = "waiting_p1" if urgent else "waiting_unknown"
    return _plain(script, text_id, language)


def unreached(script: Script, language: str, tier: Tier) -> Said:
    """Nobody could be reached."""
    return _plain(script, "p1_alone" if tier is Tier.P1 else "unreached", language)


def alone(
    script: Script,
    language: str,
    staffed_at: datetime | None,
    now: datetime,
    zone: ZoneInfo,
) -> Said:
    """Nobody is on call: when somebody is, in words, where that is known."""
    day = _day(script, language, staffed_at, now, zone) if staffed_at else None
    if day is None or staffed_at is None:
        return _plain(script, "wait_alone", language)
    words = engine.text(script, "closed", language)
    at = format_time(on_the_wall(staffed_at, zone), "HH:mm", locale=language)
    return "closed", words.replace("{day}", day).replace("{time}", at)


def _day(script: Script, language: str, at: datetime, now: datetime, zone: ZoneInfo) -> str | None:
    """None where it is too far away for the name of a day, or an older script has no words."""
    day, today = on_the_wall(at, zone).date(), on_the_wall(now, zone).date()
    ahead = (day - today).days
    text_id = {0: "today", 1: "tomorrow"}.get(ahead, "on_day")
    if ahead >= WEEK or text_id not in script.texts:
        return None
    name = format_date(day, "EEEE", locale=language)
    return engine.text(script, text_id, language).replace("{weekday}", name)


def _within(script: Script, text_id: str, language: str, within: timedelta) -> Said:
    words = engine.text(script, text_id, language)
    return text_id, words.replace("{min}", str(int(within.total_seconds() // 60)))


def _plain(script: Script, text_id: str, language: str) -> Said:
    return text_id, engine.text(script, text_id, language)
