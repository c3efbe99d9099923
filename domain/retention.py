"""How long is what kept, and within which limits may a coordinator say so?

Retention is by class, and what is deleted goes by rule or because its contact asked (domain.md,
"Law and provider, as behaviour"). The figures below are ours, to be looked at by a lawyer: each
says why it is not lower and not higher. Days are counted from when nothing happened any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.wall import moment, on_the_wall


class Kept(StrEnum):
    """What has a term of its own. They go in this order, so that each finds what it needs."""

    DELIVERIES = "deliveries"
    """By which number a provider knows a message, and by which mark we know it again."""
    NOTES = "notes"
    """What counsellors noted."""
    ADDRESSES = "addresses"
    """By which number or chat somebody is reached, and when it is safe to."""
    CONVERSATIONS = "conversations"
    """What was said: texts, earlier versions, pictures, answers, drafts, what was planned."""
    REGISTER = "register"
    """What others asked for, what had to be reported, which files were made, and the words."""
    FIGURES = "figures"
    """What happened and when, without words, number or name: it leads to nobody and is counted."""
    AUDIT = "audit"
    """What staff did: the log, with what was searched for."""


@dataclass(frozen=True)
class Term:
    """Days: as it stands without anybody's decision, and between which a coordinator may decide."""

    usual: int
    least: int
    most: int


YEAR = 365
FIVE_YEARS = 5 * YEAR + 2
TEN_YEARS = 10 * YEAR + 3
HUNDRED_YEARS = 100 * YEAR + 25

TERMS: Mapping[Kept, Term] = {
    # Least: what is not delivered is a task for somebody (domain.md, "The counsellor", 6), and a
    # month of it is compared. Most: longer than a message can be in dispute with a provider.
    Kept.DELIVERIES: Term(usual=90, least=30, most=YEAR),
    # Least: whoever follows up has read them. Most: as what they are about.
    Kept.NOTES: Term(usual=YEAR, least=30, most=FIVE_YEARS),
    # Least: until then whoever writes again is known (contract.md, "returning"). After it the
    # number may be somebody else's (domain.md, "Number reuse"): nobody is written to by it.
    Kept.ADDRESSES: Term(usual=90, least=90, most=YEAR),
    # Least: the story is told once (domain.md, "The contact", 7) for as long as they are known.
    # Most: what social services keep of a case, five years after the last entry.
    Kept.CONVERSATIONS: Term(usual=YEAR, least=90, most=FIVE_YEARS),
    # Least: as the log's, since both tell what became of somebody's words. Most: for good, as far
    # as a number says so; what the law of public archives asks is a municipality's to decide.
    Kept.REGISTER: Term(usual=TEN_YEARS, least=2 * YEAR, most=HUNDRED_YEARS),
    # Least: a month is compared with that of the year before.
    Kept.FIGURES: Term(usual=FIVE_YEARS, least=400, most=TEN_YEARS),
    # Least: every opening can be reviewed (domain.md, lag 2001:454), also when it shows late.
    Kept.AUDIT: Term(usual=FIVE_YEARS, least=2 * YEAR, most=TEN_YEARS),
}

OUTLIVES: Mapping[Kept, tuple[Kept, ...]] = {
    # Who read something is known for at least as long as it is there.
    Kept.AUDIT: (Kept.CONVERSATIONS, Kept.NOTES),
    # The rows that are counted carry all the others.
    Kept.FIGURES: (Kept.CONVERSATIONS, Kept.NOTES, Kept.ADDRESSES, Kept.DELIVERIES),
}

Terms = Mapping[Kept, int]
"""Of each class, in days."""

USUAL: Terms = {kept: term.usual for kept, term in TERMS.items()}


class Fault(StrEnum):
    """What is wrong with a term. Staff pages say each in words."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    OUTLIVED = "outlived"
    """What it must outlive is kept for longer."""


def faults(terms: Terms) -> Mapping[Kept, Fault]:
    """By class, why these cannot be written down."""
    found: dict[Kept, Fault] = {}
    for kept, days in terms.items():
        if days < TERMS[kept].least:
            found[kept] = Fault.TOO_SHORT
        elif days > TERMS[kept].most:
            found[kept] = Fault.TOO_LONG
        elif days < max((terms[other] for other in OUTLIVES.get(kept, ())), default=0):
            found[kept] = Fault.OUTLIVED
    return found


def holding(written: Mapping[str, object]) -> Terms:
    """What holds of what stands written, whoever wrote it: nothing is kept for less than the least
    or more than the most, and what must outlive something does."""
    terms = {kept: _within(kept, written.get(kept)) for kept in Kept}
    for kept, others in OUTLIVES.items():
        terms[kept] = max(terms[kept], *(terms[other] for other in others))
    return terms


def _within(kept: Kept, days: object) -> int:
    term = TERMS[kept]
    return min(max(days, term.least), term.most) if isinstance(days, int) else term.usual


def ends(terms: Terms, kept: Kept, now: datetime) -> datetime:
    """What was over by then has stood for its term."""
    return now - timedelta(days=terms[kept])


HOUR = time(3)
"""On the wall of the line's city, when least is going on."""

NOTICE = timedelta(days=7)
"""Before the first night: whoever brings in this program has time to look at the terms."""


def next_night(now: datetime, zone: ZoneInfo) -> datetime:
    """The next moment (UTC) after `now` at which the wall clock shows that hour: one a day, also on
    the two days on which the clock changes."""
    day = on_the_wall(now, zone).date()
    for ahead in range(3):
        found = moment(datetime.combine(day + timedelta(days=ahead), HOUR), zone)
        if found > now:
            return found
    raise AssertionError(now)


def first_night(now: datetime, zone: ZoneInfo) -> datetime:
    """Of a line that has never looked."""
    return next_night(now + NOTICE, zone)
