"""All that is held about one contact, as it is given to them: codes, moments and their own words.

Staff are told apart by their role and never by name; whoever reads it knows what they were told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from domain.contact_rules import SafeHours


class There(StrEnum):
    """Whether words are there, and if not, why. Nothing is left out without a word."""

    WORDS = "words"
    NONE = "none"
    """There never were any, such as under a picture."""
    REMOVED = "removed"
    """They were destroyed, as somebody asked or decided."""
    UNOPENED = "unopened"
    """They are there and could not be opened."""
    HELD_BACK = "held_back"
    """They hold what was told about somebody else, or by them."""


@dataclass(frozen=True)
class Edit:
    """What a message said since its writer changed it."""

    at: datetime
    there: There
    words: str


@dataclass(frozen=True)
class Picture:
    """A file that came with a message; it lies beside this page where it was fetched."""

    content_type: str
    name: str
    """Of the file in the archive; empty where there is none here."""
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Said:
    """One message, either way."""

    at: datetime
    by: str
    """contact, machine, or a role of ours."""
    way: str
    """The channel."""
    there: There
    words: str
    delivery: str | None
    delivery_at: datetime | None
    refusal: str | None
    edits: tuple[Edit, ...]
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Noted:
    """What somebody noted, or wrote into the register."""

    at: datetime
    by: str
    purpose: str
    there: There
    words: str


@dataclass(frozen=True)
class Answered:
    """An answer to a scripted question; `words`: what they wrote."""

    question: str
    value: str
    words: str


@dataclass(frozen=True)
class Planned:
    """What is to be sent later."""

    due_at: datetime
    follow_up: bool
    by: str
    there: There
    words: str


@dataclass(frozen=True)
class Waited:
    """How they waited for a person, the last time."""

    since: datetime
    told: int
    chosen: str | None
    answered_at: datetime | None


@dataclass(frozen=True)
class Done:
    """Something that was done with the conversation; `by`: a role of ours, or nobody of us."""

    at: datetime
    kind: str
    by: str | None
    detail: str | None


@dataclass(frozen=True)
class Opened:
    """Somebody of ours has opened the conversation."""

    at: datetime
    role: str


@dataclass(frozen=True)
class Owed:
    """Something about them that had to be reported."""

    kind: str
    raised_at: datetime
    due_at: datetime
    outcome: str | None
    recipient: str | None
    reported_at: datetime | None
    closed_at: datetime | None
    noted: tuple[Noted, ...]


@dataclass(frozen=True)
class Disclosed:
    """What somebody asked of us about them, where the law lets us say so."""

    at: datetime
    authority: str
    ground: str
    state: str
    asked_for: tuple[str, ...]
    given: tuple[str, ...]
    given_on: datetime | None


@dataclass(frozen=True)
class Exported:
    """An earlier file such as this one."""

    at: datetime
    ground: str
    by: str


@dataclass(frozen=True)
class Blocked:
    """For how long nobody read what they wrote."""

    reason: str
    began_at: datetime
    ends_at: datetime
    lifted_at: datetime | None


@dataclass(frozen=True)
class Earlier:
    """How urgent it was before it was closed, why, and in which month, by its first day."""

    tier: str
    reason: str
    month: date | None


@dataclass(frozen=True)
class Talk:
    """All of it with one line by one channel."""

    line: str
    channel: str
    address: str
    alias: str
    language: str
    gate: str
    opt_out: str
    safe_hours: SafeHours | None
    watched_at: datetime | None
    """Since when their telephone may be watched."""
    ways: tuple[str, ...] | None
    """By which they agreed to be reached; None: nothing was said of it."""
    writes_first: bool | None
    quiet_word_at: datetime | None
    """When a quiet word was agreed upon. The word itself is in no file: whoever takes the file
    would pass for them."""
    first_at: datetime
    last_at: datetime
    delete_requested_at: datetime | None
    state: str
    tier: str
    reasons: tuple[str, ...]
    before: tuple[Earlier, ...]
    """The most urgent tier of earlier times, and why; none: none was urgent."""
    marks: tuple[str, ...]
    opened_at: datetime
    closed_at: datetime | None
    outcome: str | None
    said: tuple[Said, ...]
    answers: tuple[Answered, ...]
    answers_unopened: int
    """Runs of the questions whose answers could not be opened."""
    noted: tuple[Noted, ...]
    between_colleagues: int
    """Notes from a coordinator to one colleague alone, which are not given."""
    planned: tuple[Planned, ...]
    waited: Waited | None
    undelivered: int
    """Messages that did not reach them and that somebody has to see to."""
    done: tuple[Done, ...]
    opened: tuple[Opened, ...]
    owed: tuple[Owed, ...]
    disclosed: tuple[Disclosed, ...]
    exported: tuple[Exported, ...]
    blocked: tuple[Blocked, ...]


@dataclass(frozen=True)
class Everything:
    """One file."""

    made_at: datetime
    ground: str
    language: str
    talks: tuple[Talk, ...]
    unopened: int
    """How many texts are there and could not be opened."""
    held_back: int
    backup_hours: int
    terms: Mapping[str, int]
    """By class of what is kept: after how many days it goes by rule."""
