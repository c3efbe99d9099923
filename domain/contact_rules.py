"""May this text leave, now? Asked when a row is written and again when it is sent.

Rules and their exceptions: contract.md ("Timing and speech"), domain.md ("The contact", 2 and 5).
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.gate import Gate
from domain.message import Author, Channel, OptOut
from domain.safe_contact import OF_CHANNEL, Way

LIVE = timedelta(hours=4)
"""After the contact's last text: safe hours do not bind, and nobody needs to ask again. Later the
machine says nothing: after a long outage its answer would surprise whoever holds the phone."""

WHATSAPP_WINDOW = timedelta(hours=24)
"""After the contact's last text WhatsApp takes approved templates alone
(https://www.twilio.com/docs/whatsapp/key-concepts, "24-hour customer service window")."""

REUSE = timedelta(days=90)
"""After this silence the number may belong to somebody else."""

EXCEPTIONS = frozenset({"stop", "stop_start", "not_safe", "delete_ask"})
"""The texts that leave through a closed gate, an opt-out of the contact's own or an owner."""

AGREED = frozenset({"follow_up"})
"""The machine's texts that the contact has said yes to: they leave after hours of silence too."""

NEEDS_OPEN_GATE = frozenset({"privacy", "privacy_more"})
"""They say who we are, so they wait for the contact's word that it is safe."""


ABUSE = "abuse"
"""What a sender may hear, once, as they are blocked; it says nothing of a block."""

TEMPLATE = "template"
"""What the channel has approved for writing after its window: the one text that passes it, by a
counsellor's decision alone; every other rule holds for it too."""


class Refusal(StrEnum):
    """Why a text may not leave. Staff pages say each in words."""

    OPTED_OUT = "opted_out"
    OPTED_OUT_AT_PROVIDER = "opted_out_at_provider"
    GATE_CLOSED = "gate_closed"
    GATE_UNKNOWN = "gate_unknown"
    GATE_LOST = "gate_lost"
    """What they have said since the back-up from which the line was restored is lost."""
    OWNED = "owned"
    BLOCKED = "blocked"
    NOT_ANSWERABLE = "not_answerable"
    WINDOW_CLOSED = "window_closed"
    OUTSIDE_SAFE_HOURS = "outside_safe_hours"
    LONG_SILENCE = "long_silence"
    NUMBER_MAY_BE_REUSED = "number_may_be_reused"
    OVERTAKEN = "overtaken"
    """Not a rule about the contact: a later text made this one needless before it left."""
    REDACTED = "redacted"
    """Nor this one: its words were destroyed before it left."""
    NOT_OURS = "not_ours"
    """Nor this one: its words were changed in the database, or put there by somebody else."""
    RESTORED = "restored"
    """Nor this one: it stood in a back-up and may have left before that was restored, or the
    machine said it while a restored line wrote to nobody."""
    TOO_MANY = "too_many"
    """Nor this one: the machine has answered this sender often enough for an hour."""
    CEILING = "ceiling"
    """Nor this one: the machine's answers of an hour have cost enough (domain.ceiling)."""
    BLOCKED_HERE = "blocked_here"
    """A counsellor has blocked the sender for a while."""
    WAY_NOT_AGREED = "way_not_agreed"
    NO_CONSENT = "no_consent"
    """They have said that we do not write first."""
    BETRAYS = "betrays"
    """Their telephone may be watched, and the words would tell whoever looks."""
    STAYS_AWAY = "stays_away"
    """Not a rule about the contact: whoever wrote it must stay away from them since."""
    UNSEEN_WORDS = "unseen_words"
    """The same, where the words stand at the provider, footer and all."""


ASKABLE = frozenset(
    {Refusal.GATE_UNKNOWN, Refusal.GATE_LOST, Refusal.LONG_SILENCE, Refusal.UNSEEN_WORDS}
)
"""A counsellor may go on after having read the warning ("safe to write?")."""


@dataclass(frozen=True)
class SafeHours:
    """The hours in which the contact may be written to, on the wall clock of the line's zone."""

    start: time
    end: time

    def holds(self, at: time) -> bool:
        """Whether `at` lies within; hours may pass midnight (22:00 to 06:00)."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True)
class Standing:
    """What is known about the contact and their conversation when the question is asked."""

    gate: Gate
    opt_out: OptOut
    answerable: bool
    owned: bool
    last_inbound_at: datetime
    safe_hours: SafeHours | None = None
    channel: Channel = Channel.SMS
    blocked_until: datetime | None = None
    """A counsellor has blocked the sender until then."""
    window_refused_at: datetime | None = None
    """When the newest text was sent that the channel refused because its window had closed."""
    watched: bool = False
    """Somebody else may read what comes to their telephone."""
    ways: frozenset[Way] | None = None
    """By which they have agreed to be reached; None: nothing was said of it."""
    writes_first: bool | None = None
    """Whether we may write first; None: nothing was said of it."""


def refusal(
    standing: Standing,
    author: Author,
    text_id: str,
    now: datetime,
    zone: ZoneInfo,
    asked: bool,
    *,
    betrays: bool = False,
) -> Refusal | None:
    """Why the text may not leave now, or None.

    `asked`: the counsellor has read the warning that it may not be safe and goes on. `betrays`: its
    words tell a stranger what this is about, and nobody has decided that they leave all the same.
    """
    reason = _by_rule(standing, author, text_id, now, zone, asked)
    if reason is not None or not standing.watched:
        return reason
    if text_id == TEMPLATE and author is Author.COUNSELLOR:
        return None if asked else Refusal.UNSEEN_WORDS
    return Refusal.BETRAYS if betrays else None


def _by_rule(
    standing: Standing, author: Author, text_id: str, now: datetime, zone: ZoneInfo, asked: bool
) -> Refusal | None:
    """Whatever its words."""
    silence = now - standing.last_inbound_at
    approved = text_id == TEMPLATE and author is Author.COUNSELLOR
    out_of_reach = _out_of_reach(standing, now, approved=approved)
    until = standing.blocked_until
    if out_of_reach is None and until is not None and now < until and text_id != ABUSE:
        return Refusal.BLOCKED_HERE
    if out_of_reach is not None or text_id in EXCEPTIONS:
        return out_of_reach
    if silence >= REUSE:
        return Refusal.NUMBER_MAY_BE_REUSED
    return (
        _consent(standing)
        or _way(standing)
        or _owner(standing, author)
        or _gate(standing, author, text_id, asked)
        or _time(standing, author, text_id, now.astimezone(zone).time(), silence, asked)
    )


def window_ends(standing: Standing) -> datetime | None:
    """Until when free words pass; None where the channel has no such window.

    What the channel has refused since the contact's last text it refuses again.
    """
    if standing.channel is not Channel.WHATSAPP:
        return None
    ends = standing.last_inbound_at + WHATSAPP_WINDOW
    refused = standing.window_refused_at
    if refused is not None and refused > standing.last_inbound_at:
        return min(ends, refused)
    return ends


def _out_of_reach(standing: Standing, now: datetime, *, approved: bool) -> Refusal | None:
    """What the channel itself does not let through, whatever the text."""
    if not standing.answerable:
        return Refusal.NOT_ANSWERABLE
    if standing.opt_out is OptOut.PROVIDER:
        return Refusal.OPTED_OUT_AT_PROVIDER
    if standing.opt_out is OptOut.BLOCKED:
        return Refusal.BLOCKED
    ends = window_ends(standing)
    closed = ends is not None and now >= ends
    return Refusal.WINDOW_CLOSED if closed and not approved else None


def _consent(standing: Standing) -> Refusal | None:
    if standing.opt_out is OptOut.OWN:
        return Refusal.OPTED_OUT
    return Refusal.GATE_CLOSED if standing.gate is Gate.CLOSED else None


def _way(standing: Standing) -> Refusal | None:
    agreed = standing.ways is None or OF_CHANNEL[standing.channel] in standing.ways
    return None if agreed else Refusal.WAY_NOT_AGREED


def _owner(standing: Standing, author: Author) -> Refusal | None:
    return Refusal.OWNED if standing.owned and author is Author.MACHINE else None


def _gate(standing: Standing, author: Author, text_id: str, asked: bool) -> Refusal | None:
    if standing.gate is Gate.OPEN:
        return None
    warned = author is Author.COUNSELLOR and asked
    if standing.gate is Gate.LOST:
        return None if warned else Refusal.GATE_LOST
    neutral = author is Author.MACHINE and text_id not in NEEDS_OPEN_GATE
    return None if neutral or warned else Refusal.GATE_UNKNOWN


def _time(
    standing: Standing, author: Author, text_id: str, wall: time, silence: timedelta, asked: bool
) -> Refusal | None:
    if silence < LIVE:
        return None
    if standing.writes_first is False:
        return Refusal.NO_CONSENT
    if standing.safe_hours and not standing.safe_hours.holds(wall):
        return Refusal.OUTSIDE_SAFE_HOURS
    agreed = author is Author.COUNSELLOR and asked
    return None if agreed or text_id in AGREED else Refusal.LONG_SILENCE
