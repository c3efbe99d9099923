"""What staff are shown: values without an address, ready for a page."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.before import Before
from domain.contact_rules import Refusal, SafeHours
from domain.conversation import Outcome, State
from domain.delivery import Delivery
from domain.gate import Gate
from domain.message import Author, Channel, Media, OptOut
from domain.priority import Tier, Wait
from domain.rota import ShiftRole
from handlers.seen_asked import SeenAsked
from handlers.seen_duties import SeenDuty
from handlers.seen_flood import Flood
from handlers.seen_plans import FollowUp, Planned
from handlers.seen_safe import Safe
from handlers.seen_shift import NO_HELP, NO_SHIFT, Help, OwnShift
from handlers.seen_ways import BrokenWay


@dataclass(frozen=True)
class Row:
    """One conversation in the queue."""

    id: UUID
    alias: str
    """What the contact is called here; "?" until they have one."""
    state: State
    tier: Tier
    """As risen by waiting."""
    reasons: tuple[str, ...]
    """Codes such as danger_now, danger_words, under_18, wants_safety, new; the gravest first."""
    wait: Wait
    """Since the contact began to wait for a person; for an owned one since their last unanswered
    text, or since it was taken."""
    answered: bool
    """An owned conversation in which the contact waits for nothing."""
    language: str
    channel: Channel
    line: str
    unread: int
    returning: bool
    earlier_counsellor: str | None
    """Who had the conversation before it was closed."""
    owner: str | None
    marks: frozenset[str]
    """under_18, delete_requested, not_answerable …"""
    opt_out: OptOut
    gate: Gate
    trouble: int
    """Messages to the contact that did not arrive or may not leave."""
    offered_until: datetime | None = None
    """Until then it is for the earlier counsellor alone; None: for everybody."""
    help_asked: bool = False
    """Its counsellor has asked for help."""
    helper: str | None = None
    """The coordinator who is with them."""
    handed_over: bool = False
    """With a note, upon which nobody has answered yet."""
    before: tuple[Before, ...] = ()


@dataclass(frozen=True)
class Task:
    """A message that did not reach its contact, and that somebody has to see to."""

    conversation_id: UUID
    message_id: UUID
    alias: str
    counsellor: str | None
    """None where the machine wrote it."""
    delivery: Delivery
    error_code: int | None
    refusal: str | None
    at: datetime
    unsettled: bool
    """Nobody can be asked whether it left."""
    mine: bool
    """It can be sent again by the reader."""
    closed: bool


@dataclass(frozen=True)
class Beside:
    """What the bar of every page says."""

    mine: int
    """Conversations that the reader has."""
    tasks: int
    """As many as the queue page shows."""
    decide: int = 0
    """Of these, requests that wait for the reader's agreement or for what was given."""


@dataclass(frozen=True)
class OnCall:
    """Somebody who is on call, or who comes next."""

    name: str
    role: ShiftRole | None
    """None on a line without a rota."""
    begins: datetime | None
    """None: they are on call now."""
    until: datetime | None
    """None: for longer than a week, or without a rota."""
    lines: tuple[str, ...] = ()
    """The names of the lines on which it is."""
    rota_id: UUID | None = None
    """None: on the lines without one."""


@dataclass(frozen=True)
class Queue:
    """The queue page."""

    waiting: tuple[Row, ...]
    mine: tuple[Row, ...]
    others: tuple[Row, ...]
    requests: tuple[Row, ...]
    """Closed ones whose contacts asked for deletion; the oldest word first."""
    tasks: tuple[Task, ...]
    """In the reader's conversations and in those that nobody has; the newest first."""
    paged: tuple[UUID, ...]
    """The waiting conversations about which the reader was paged and has not said so."""
    broken: tuple[BrokenWay, ...]
    """Of the reader's own ways, and for coordinators of everybody's."""
    on_call: tuple[OnCall, ...]
    """Now, and who comes next in each role."""
    lines: tuple[str, ...]
    """The names of all lines."""
    event: int
    """The number of the last event that this picture holds."""
    help: tuple[Row, ...] = ()
    """Colleagues' who ask for help, for a coordinator; they are not among `others`."""
    shift: OwnShift = NO_SHIFT
    follow_ups: tuple[FollowUp, ...] = ()
    copies: int = 0  # at providers, which did not go and are somebody's task
    floods: tuple[Flood, ...] = ()
    held: bool = False  # what is written to contacts, since the line was restored
    kept_away: int = 0
    """How many wait from which the reader must stay away; nothing else is said of them."""
    others_there: bool = True
    """Somebody else is on call."""
    duties: tuple[SeenDuty, ...] = ()
    """What the reader has to see to of what must be reported; what is due first first."""
    asked: tuple[SeenAsked, ...] = ()
    """What others ask us for, where the reader has to decide, and what they wrote down of it."""

    @property
    def beside(self) -> Beside:
        """What the bar says of it."""
        decide = sum(one.calls for one in self.asked)
        tasks = len(self.tasks) + len(self.follow_ups) + len(self.duties) + decide
        return Beside(len(self.mine), tasks, decide)


@dataclass(frozen=True)
class Rewritten:
    """What a message says since its writer edited it."""

    body: str | None
    """None when it was redacted or does not open."""
    at: datetime
    unreadable: bool = False
    refused: bool = False
    """It came when the message was redacted already: its words were never kept."""
    sealed: bool = False


@dataclass(frozen=True)
class Said:
    """A message in the thread."""

    id: UUID
    author: Author
    text_id: str | None
    """Which of the script's texts, for the machine's own."""
    counsellor: str | None
    body: str | None
    """None when it was redacted or does not open."""
    media: tuple[Media, ...]
    at: datetime
    caught_up: bool
    delivery: Delivery | None
    """None for what the contact wrote."""
    delivery_at: datetime | None
    error_code: int | None
    refusal: str | None
    """A Refusal's code or "redacted": why it was withheld."""
    may_resend: bool
    """It did not arrive, and the reader is the owner."""
    may_note: bool
    """It did not arrive, nobody has noted that, and the reader may."""
    unread: bool
    unreadable: bool = False
    """Its seal is broken: somebody changed the database, or a disk did."""
    sealed: bool = False
    """Who looks was not admitted to the texts."""
    may_fetch: frozenset[int] = frozenset()
    """Which of `media` the owner may have fetched and look at, by place."""
    fetched: frozenset[int] = frozenset()
    """Which of them were."""
    unsettled: bool = False
    """Nobody will ever know whether it arrived: the provider cannot be asked."""
    pressed: str | None = None
    """What the button said, where `body` is the digit of one."""
    rewritten: tuple[Rewritten, ...] = ()
    """Later versions, the oldest first."""
    quiet_word: bool = False
    """It says the word that was agreed upon: it is really them."""
    while_blocked: bool = False
    """It came while its sender was blocked, and called nobody."""

    @property
    def redactable(self) -> bool:
        """There are words left that can be destroyed."""
        versions = [(self.body, self.unreadable)]
        versions += [(one.body, one.unreadable) for one in self.rewritten]
        return any(body is not None or unreadable for body, unreadable in versions)


@dataclass(frozen=True)
class Noted:
    """An internal note: never leaves."""

    id: UUID
    counsellor: str
    body: str | None
    """None when it was redacted or does not open."""
    at: datetime
    unreadable: bool = False
    """Its seal is broken."""
    purpose: str = "note"
    """What it was written for: note, aside, handover or promised."""
    only_for: str | None = None
    """Who alone reads it beside its writer."""
    sealed: bool = False
    """Who looks was not admitted to the texts."""


@dataclass(frozen=True)
class Happened:
    """Something that was done with the conversation."""

    kind: str
    """taken, released, transferred, closed, reopened, tier_raised, tier_lowered, redacted,
    opted_out, opted_in, gate_open, gate_closed, delete_requested, hours_set …"""
    by: str | None
    detail: str | None
    """A code, a colleague's name, or for when something is planned; never a text."""
    at: datetime


@dataclass(frozen=True)
class Answered:
    """One answer of the scripted questions."""

    question: str
    """danger, self_harm, need, age, how …"""
    value: str
    text: str
    """The contact's own words; empty once the message that held them was redacted."""


@dataclass(frozen=True)
class Episode:
    """An earlier time that the contact was here: from their first text to Close."""

    began_at: datetime
    ended_at: datetime
    outcome: str | None
    by: str | None
    first: UUID | None
    """The message with which it begins in the thread."""


@dataclass(frozen=True)
class Colleague:
    """Somebody a conversation can be handed to."""

    id: UUID
    name: str


@dataclass(frozen=True)
class Window:
    """WhatsApp lets free words through only for a while after the contact's last text."""

    ends: datetime
    is_open: bool
    template: bool
    """The line has a message that passes it when it is closed."""
    refusal: Refusal | None
    """Why the owner may not send that message now; as for a reply."""


@dataclass(frozen=True)
class Phrase:
    """A ready phrase as it would be sent."""

    id: UUID
    name: str
    text: str


@dataclass(frozen=True)
class Conversation:
    """The conversation page."""

    row: Row
    mine: bool
    thread: tuple[Said | Noted | Happened, ...]
    answers: tuple[Answered, ...]
    triage_runs: bool
    """The machine is still asking."""
    safe_hours: SafeHours | None
    refusal: Refusal | None
    """Why the owner may not write now; one of contact_rules.ASKABLE asks for a confirmation."""
    window: Window | None
    """None where the channel has none."""
    media_refused: bool
    """The line's setting: no picture is ever fetched."""
    draft: str
    note_draft: str
    texts: tuple[tuple[str, str], ...]
    """Offered in the reply box: (id, text in the contact's language), handover and close."""
    phrases: tuple[Phrase, ...]
    """Of the bank, in the contact's language."""
    suggested: str | None
    """Which of `texts` fits this moment: handover before the first reply, close after it."""
    colleagues: tuple[Colleague, ...]
    episodes: tuple[Episode, ...]
    """Those that were closed, the newest first."""
    opened_at: datetime
    closed_at: datetime | None
    outcome: Outcome | None
    newest: UUID | None
    """The last message or edit in the thread: what came after it the reader has not seen."""
    event: int
    help: Help = NO_HELP
    owner_id: UUID | None = None
    may_step_in: bool = False
    """A coordinator, in a colleague's conversation."""
    planned: tuple[Planned, ...] = ()
    safe: Safe | None = None
    answers_sealed: bool = False
    """There are answers, and who looks was not admitted to them."""
