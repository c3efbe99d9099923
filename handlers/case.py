"""One contact in the middle of a transaction: what is known, and what is to be written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.before import of_then
from domain.contact_rules import Refusal, Standing, refusal
from domain.conversation import State
from domain.duty import RAISED_BY_MARK
from domain.duty import Kind as Duty
from domain.gate import Gate
from domain.message import Author, OptOut
from domain.pace import Pace
from domain.priority import Tier
from handlers.betraying import betraying
from handlers.wants_answer import wants_answer
from storage import conversations
from storage.contacts import Contact
from storage.conversations import Conversation
from storage.events import Event
from storage.ids import new_id
from storage.messages import Message
from storage.outbox import NewRow
from storage.plans import Plan
from storage.questions import Question
from storage.triages import Triage
from storage.waits import Wait
from triage.script import Script
from triage.voice import Voice


def standing(contact: Contact, conversation: Conversation) -> Standing:
    """What the contact rules ask for."""
    return Standing(
        gate=contact.gate,
        opt_out=contact.opt_out,
        answerable=contact.answerable,
        owned=conversation.state is State.OWNED,
        last_inbound_at=contact.last_inbound_at,
        safe_hours=contact.safe_hours,
        channel=contact.channel,
        window_refused_at=contact.window_refused_at,
        watched=contact.watched,
        ways=contact.ways,
        writes_first=contact.writes_first,
        # Of one that is open again it says nothing.
        blocked_until=conversation.blocked_until if conversation.state is State.CLOSED else None,
    )


T = TypeVar("T", Contact, Conversation, Triage)


_SHOWN = attrgetter(
    "state",
    "owner_id",
    "tier",
    "reasons",
    "marks",
    "returning",
    "earlier_owner_id",
    "waiting_since",
)
_SHOWN_OF_CONTACT = attrgetter("language", "opt_out", "gate", "delete_requested_at", "watched_at")

CHANGED = "changed"
"""The kind of an event that says no more: open pages look again, the thread does not name it."""


def _changed(row: T, so: Mapping[str, object]) -> T:
    """As dataclasses.replace, in a third of the time: it is done a dozen times for each text."""
    if not so.keys() <= row.__dict__.keys():
        raise TypeError(sorted(so.keys() - row.__dict__.keys()))
    made = object.__new__(type(row))
    made.__dict__.update(row.__dict__, **so)
    return made


@dataclass
class Case:
    """Gathers changes, so that many cases are written with few statements."""

    contact: Contact
    conversation: Conversation
    triage: Triage | None
    now: datetime
    zone: ZoneInfo
    pace: Pace
    new: bool = False
    """The conversation has no row yet."""
    forgets: bool = False
    """They have confirmed that they want to be deleted, and nothing of theirs is open."""
    reopened: bool = False
    owed: set[Duty] = field(default_factory=set)
    """What has to be reported, by a sign that was not there before."""
    heard: str = ""
    """What the contact wrote just before: danger may be spread over two texts."""
    told_only_text: bool = False
    """They were told in this conversation that only text is read here."""
    wait: Wait | None = None
    """How they wait for a person; looked up only where it matters."""
    choices_noted: int = 0
    """How often they were told in this wait that their choice is seen; looked up with it."""
    offered: Sequence[Question] = ()
    """The texts that offered choices to somebody who waits, the oldest first; looked up with it."""
    changed_waits: list[Wait] = field(default_factory=list)
    wait_over: bool = False
    """What the database knows of how they waited is of an earlier time."""
    plan: Plan | None = None
    """The last follow-up; looked up only where it matters."""
    asked_last: tuple[str, datetime] | None = None
    """`close` or `follow_up`, whichever the contact got last, and since when they have it; looked
    up only where it matters."""
    asked_by_person: bool = False
    """What was said to them last wants an answer; looked up only where it matters."""
    changed_plans: list[Plan] = field(default_factory=list)
    runs: dict[UUID, Triage] = field(default_factory=dict)
    """Triages that changed, as they are to be written."""
    begun: set[UUID] = field(default_factory=set)
    """Those of them that have no row yet."""
    messages: list[Message] = field(default_factory=list)
    rows: list[NewRow] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    _loaded: tuple[Contact, Conversation] = field(init=False)
    loaded_triage: Triage | None = field(init=False)
    """As the database still knows it."""

    def __post_init__(self) -> None:
        self._loaded = (self.contact, self.conversation)
        self.loaded_triage = self.triage

    @property
    def loaded(self) -> Contact:
        """The contact as the database still knows them."""
        return self._loaded[0]

    @property
    def loaded_conversation(self) -> Conversation:
        """The conversation as the database still knows it."""
        return self._loaded[1]

    @property
    def contact_changed(self) -> bool:
        """What the contact's row holds is no longer so."""
        return self.contact != self._loaded[0]

    @property
    def conversation_changed(self) -> bool:
        """What the conversation's row holds is no longer so."""
        return self.conversation != self._loaded[1]

    @property
    def shows_otherwise(self) -> bool:
        """A row of the queue would say something else of it."""
        before, now = self._loaded, (self.contact, self.conversation)
        return _SHOWN_OF_CONTACT(before[0]) != _SHOWN_OF_CONTACT(now[0]) or (
            _SHOWN(before[1]) != _SHOWN(now[1])
        )

    @property
    def asking(self) -> bool:
        """The scripted questions are under way."""
        return self.triage is not None and self.triage.ended_at is None

    def happened(self, kind: str, detail: str | None = None, at: datetime | None = None) -> None:
        """Open pages hear of it; the thread shows it. `at`: where it is known only later."""
        self.events.append(Event(self.conversation.id, kind, at or self.now, None, detail))

    def know(self, **about: object) -> None:
        """Something changed about the contact."""
        self.contact = _changed(self.contact, about)

    def stand(self, **so: object) -> None:
        """Something changed about the conversation."""
        self.conversation = _changed(self.conversation, so)

    def ask(self, **so: object) -> None:
        """Something changed about the running triage."""
        if self.triage is not None:
            self.triage = _changed(self.triage, so)
            self.runs[self.triage.id] = self.triage

    def begin(self, triage: Triage) -> None:
        """The questions begin, or begin anew."""
        self.triage = self.runs[triage.id] = triage
        self.begun.add(triage.id)

    @property
    def rings(self) -> bool:
        """Somebody is to be paged at once."""
        due_at = self.conversation.page_due_at
        return due_at is not None and due_at <= self.now

    def leave_to_people(self) -> None:
        """The machine asks nothing more."""
        self.ask(ended_at=self.now, answer_due_at=None, answer_latest_at=None, silence_due_at=None)
        self.waits_anew()

    @property
    def forbids_writing(self) -> bool:
        """The contact has just said STOP, or that it is not safe to write."""
        stopped = self.contact.opt_out is OptOut.OWN and self.loaded.opt_out is not OptOut.OWN
        return stopped or (self.contact.gate is Gate.CLOSED and self.loaded.gate is not Gate.CLOSED)

    @property
    def is_watched_now(self) -> bool:
        """They have just said that somebody else may read what comes to their telephone."""
        return self.contact.watched_at is not None and self.loaded.watched_at is None

    def is_watched_with(self, other: "Case") -> None:
        """It is the same telephone."""
        if other.is_watched_now and self.contact.watched_at is None:
            self.know(watched_at=self.now)
            self.happened("watched_said")

    def fall_silent_with(self, other: "Case") -> None:
        """The same person has forbidden it in the same chat, and has not written here since."""
        if self.contact.last_inbound_at > other.contact.last_inbound_at:
            return
        if other.contact.opt_out is OptOut.OWN and self.contact.opt_out is OptOut.NONE:
            self.know(opt_out=OptOut.OWN)
            self.happened("opted_out")
        if other.contact.gate is Gate.CLOSED and self.contact.gate is not Gate.CLOSED:
            self.know(gate=Gate.CLOSED)
            self.happened("gate_closed")
            if self.asking:
                self.leave_to_people()

    def raise_tier(self, tier: Tier, reason: str) -> None:
        """Tiers only rise; a graver or a further reason is kept either way."""
        reasons = tuple(r for r in self.conversation.reasons if r != "new")
        if tier < self.conversation.tier:
            self.happened("tier_raised", reason)
            reasons = (reason, *(r for r in reasons if r != reason))
        elif reason not in reasons:
            reasons = (*reasons, reason)
        rises = tier < self.conversation.tier
        self.stand(tier=min(tier, self.conversation.tier), reasons=reasons, provisional=False)
        if rises:
            self.ring()

    def ring(self) -> None:
        """Counsellors are paged from now on, as the tier wants it, while nobody has it. Who has it
        is woken when it becomes a P1."""
        talk = self.conversation
        owned = talk.state is State.OWNED and talk.tier is Tier.P1
        if owned or talk.state is State.WAITING:
            rings = conversations.rings_anew(talk.tier, self.now, self.pace, owned=owned)
            if talk.offered_until is not None:  # then, at the latest, it is everybody's
                rings["page_due_at"] = min(rings["page_due_at"], max(talk.offered_until, self.now))
            self.stand(**rings)

    def because(self, reason: str) -> None:
        """Something is known about why they wrote, or why the questions ended."""
        known = tuple(r for r in self.conversation.reasons if r not in {"new", reason})
        self.stand(reasons=(*known, reason))

    def lower_provisional(self, tier: Tier, reason: str) -> None:
        """The relatives' path alone: the provisional P3 becomes P4 (contract.md)."""
        if self.conversation.provisional:
            self.happened("tier_lowered", reason)
            then = of_then(self.conversation.reasons)
            self.stand(tier=tier, reasons=(reason, *then), provisional=False)
            self.ring()

    def mark(self, marks: Iterable[str]) -> None:
        """Something that staff must see, such as under_18."""
        fresh = [m for m in marks if m not in self.conversation.marks]
        if fresh:
            self.stand(marks=(*self.conversation.marks, *fresh))
        self.owed |= {RAISED_BY_MARK[mark] for mark in fresh if mark in RAISED_BY_MARK}

    def unmark(self, gone: Collection[str]) -> bool:
        """These are true no longer; False when none of them was marked."""
        marks = self.conversation.marks
        self.stand(marks=tuple(m for m in marks if m not in gone))
        return marks != self.conversation.marks

    def waits(self, wait: Wait) -> None:
        """Something changed about how they wait."""
        self.wait, self.wait_over = wait, False
        self.changed_waits = [wait]

    def waits_anew(self) -> None:
        """They wait for nobody, or not since they once did: nothing of that wait counts."""
        self.wait, self.wait_over = None, not self.new
        self.changed_waits = []

    def plans(self, plan: Plan) -> None:
        """Something is to be sent later, or not any more."""
        self.changed_plans.append(plan)

    def _may_not_say(self, text_id: str, body: str) -> Refusal | None:
        here = standing(self.contact, self.conversation)
        tells = here.watched and bool(betraying(body, text_id))
        return refusal(
            here, Author.MACHINE, text_id, self.now, self.zone, asked=False, betrays=tells
        )

    def voice(self, script: Script) -> Voice:
        """How the line speaks to them."""
        return Voice(script, self.contact.language, self.contact.watched)

    def say(self, text_id: str, body: str) -> NewRow:
        """The machine says something; it is kept as withheld, with the reason, if it may not."""
        reason = self._may_not_say(text_id, body)
        message = Message(
            id=new_id(self.now),
            conversation_id=self.conversation.id,
            author=Author.MACHINE,
            at=self.now,
            body=body,
            text_id=text_id,
            read_at=self.now,
            wants_answer=wants_answer(body),
        )
        self.messages.append(message)
        row = NewRow(
            id=new_id(self.now),
            message_id=message.id,
            contact_id=self.contact.id,
            conversation_id=self.conversation.id,
            channel=self.contact.channel,
            body=body,
            refusal=reason,
        )
        self.rows.append(row)
        return row
