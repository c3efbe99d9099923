"""What waits in the outbox leaves: leased, sent with no transaction open, and recorded.

A process may die at any line: before the lease nothing happened; after it the row is found when
its lease has run out, and the provider is asked before anything is sent again (`settle`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.contact_rules import LIVE, TEMPLATE, Refusal, refusal
from domain.delivery import Delivery
from domain.message import Author, Channel, OptOut
from handlers.betraying import betraying
from handlers.case import standing
from handlers.ceiling import beyond_limits
from handlers.house import House
from senders.sender import Accepted, Letter, Refused, Result, Senders, TryLater, Unsure
from senders.window import WINDOW_CLOSED
from storage import (
    backup_marks,
    contacts,
    conversations,
    copies,
    decided_words,
    events,
    lines,
    messages,
    outbox,
    plans,
)
from storage.contacts import Contact
from storage.conversations import Conversation
from storage.database import Tx
from storage.events import Event
from storage.outbox import RETRY_WINDOW, Sending

AT_ONCE = 32
LEASE = timedelta(seconds=20)
SEND_TAKES = timedelta(seconds=10)
"""At the longest; whoever has less of the lease left does not begin."""

EVERY = tuple(Channel)

FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(seconds=60)


@dataclass(frozen=True)
class Leased:
    """A row that is ours to send, until then."""

    row: Sending
    letter: Letter
    until: datetime


@dataclass(frozen=True)
class Sent:
    """What became of it."""

    row: Sending
    result: Result


async def lease(
    house: House, at_most: int = AT_ONCE, channels: Collection[Channel] = EVERY
) -> list[Leased]:
    """Lease the oldest due row of each contact; those that may not leave are withheld.

    What goes by a channel that is off waits until it is on, or until its moment has passed; all of
    it waits in a line that was restored, until an administrator lets it write.
    """
    now = house.now()
    async with house.db.read_for_work() as tx:
        if not await outbox.any_sendable(tx, now, channels) or await backup_marks.is_silent(tx):
            return []
    async with house.db.write() as tx:
        rows = await outbox.sendable(tx, now, at_most, channels)
        bodies = await copies.to_send(tx, (row.id for row in rows))
        talks = await conversations.of_contacts(tx, (row.contact_id for row in rows), lock=False)
        said = await messages.text_ids(tx, (row.message_id for row in rows))
        staying = await _staying(house, tx, rows, bodies, talks, said, now)
        leaving = [row for row in rows if row.id not in staying]
        texts = await letters(tx, leaving, bodies)
        beyond = await beyond_limits(tx, leaving, texts, talks, said, now)
        staying |= {row: (Delivery.WITHHELD, why) for row, why in beyond.items()}
        leaving = [row for row in leaving if row.id not in beyond]
        await outbox.lease(tx, leaving, now, now + LEASE)
    if staying:
        await _hold_back(house, staying, now)
        house.wake.outbox()
    return [Leased(row, texts[row.id], now + LEASE) for row in leaving]


async def deliver(house: House, senders: Senders, leased: Leased) -> Sent:
    """Send one row. A process that was held up for so long that its lease runs out does not."""
    if house.now() > leased.until - SEND_TAKES:
        return Sent(leased.row, TryLater(after=0))
    return Sent(leased.row, await senders[leased.row.channel].send(leased.letter))


async def record(house: House, sent: Sequence[Sent]) -> None:
    """Write down what became of these; what a callback told already is not taken back."""
    now = house.now()
    async with house.db.write() as tx:
        refused = [(one.row, told) for one in sent if (told := _told(one.result))]
        blocked = await opt_out(tx, refused, now)
        await window_refused(tx, [(one.row, _code(one.result)) for one in sent])
        rows = await outbox.locked(tx, (one.row.id for one in sent))
        for one in sent:
            rows[one.row.id] = _after(rows[one.row.id], one, now)
        await outbox.save(tx, rows.values())
        await tell(tx, rows.values(), now, blocked)
    house.wake.outbox()


def _code(result: Result) -> int:
    return result.error_code if isinstance(result, Refused) else 0


def _told(result: Result) -> OptOut | None:
    if isinstance(result, Refused) and result.opt_out is not OptOut.NONE:
        return result.opt_out
    return None


async def opt_out(tx: Tx, refused: Iterable[tuple[Sending, OptOut]], now: datetime) -> list[Event]:
    """The provider refused these because their contacts have opted out with it, or blocked us.

    What it says of a text from before the contact's START no longer counts. Returns what has
    happened by it, for the transaction's end.
    """
    happened = []
    for row, by in sorted(refused, key=lambda one: one[0].contact_id):
        began = row.first_leased_at or row.made_at
        if await events.happened_since(tx, row.conversation_id, ("opted_in", "unblocked"), began):
            continue
        if await contacts.opt_out(tx, row.contact_id, by):
            kind = "blocked" if by is OptOut.BLOCKED else "opted_out"
            happened.append(Event(row.conversation_id, kind, now))
    return happened


async def window_refused(tx: Tx, refused: Iterable[tuple[Sending, int]]) -> None:
    """Of these rows, each with the provider's error: whose window has closed."""
    for row, code in sorted(refused, key=lambda one: one[0].contact_id):
        if code == WINDOW_CLOSED:
            await contacts.window_refused(tx, row.contact_id, row.first_leased_at or row.made_at)


async def letters(tx: Tx, rows: list[Sending], bodies: Mapping[UUID, str]) -> dict[UUID, Letter]:
    """What each row says, to whom, from which of our numbers; a redacted one says nothing."""
    addresses = await contacts.addresses(tx, (row.contact_id for row in rows))
    asking = [row.message_id for row in rows if row.channel is not Channel.SMS]
    said = await messages.text_ids(tx, asking) if asking else {}
    approved = [row for row in rows if said.get(row.message_id, ("",))[0] == TEMPLATE]
    templates = await _templates(tx, approved) if approved else {}
    return {
        row.id: Letter(
            to=addresses[row.contact_id].theirs,
            sender=addresses[row.contact_id].ours,
            body=bodies.get(row.id, ""),
            code=row.code,
            text_id=said.get(row.message_id, ("", False))[0],
            channel=row.channel,
            template=templates.get(row.id),
        )
        for row in rows
    }


async def _templates(tx: Tx, rows: list[Sending]) -> dict[UUID, str]:
    """By row: the template of the line, as it is set now."""
    people = await contacts.by_ids(tx, (row.contact_id for row in rows))
    set_now = {line.id: line.whatsapp_template for line in await lines.every(tx)}
    found = {row.id: set_now.get(people[row.contact_id].line_id) for row in rows}
    return {row_id: template for row_id, template in found.items() if template}


Staying = dict[UUID, tuple[Delivery, str | None]]
"""By row: why it does not leave, and the state that this makes."""


async def _staying(
    house: House,
    tx: Tx,
    rows: list[Sending],
    bodies: Mapping[UUID, str],
    talks: Mapping[UUID, Conversation],
    said: Mapping[UUID, tuple[str, bool]],
    now: datetime,
) -> Staying:
    people = await contacts.by_ids(tx, (row.contact_id for row in rows))
    betrayed = await _betrayed(tx, rows, bodies, people, said)
    staying: Staying = {}
    for row in rows:
        text_id, redacted = said[row.message_id]
        here = standing(people[row.contact_id], talks[row.contact_id])
        author = Author.COUNSELLOR if row.by_hand else Author.MACHINE
        if row.by_hand and text_id != TEMPLATE:
            text_id = ""
        asked = row.asked and now - row.made_at < LIVE
        tells = row.message_id in betrayed
        reason = refusal(here, author, text_id, now, house.zone, asked, betrays=tells)
        if reason is None and redacted:
            reason = Refusal.REDACTED
        if reason is not None:
            staying[row.id] = (Delivery.WITHHELD, reason)
        elif row.id not in bodies:
            staying[row.id] = (Delivery.FAILED, Refusal.NOT_OURS)
        elif now - row.made_at > RETRY_WINDOW:
            staying[row.id] = (Delivery.FAILED, None)
    return staying


async def _betrayed(
    tx: Tx,
    rows: list[Sending],
    bodies: Mapping[UUID, str],
    people: Mapping[UUID, Contact],
    said: Mapping[UUID, tuple[str, bool]],
) -> set[UUID]:
    """The texts to watched telephones with words that betray, upon which nobody has decided."""
    watched = [row for row in rows if people[row.contact_id].watched]
    telling = {
        row.message_id
        for row in watched
        if betraying(bodies.get(row.id, ""), None if row.by_hand else said[row.message_id][0])
    }
    return telling - await decided_words.decided(tx, telling) if telling else telling


async def _hold_back(house: House, staying: Staying, now: datetime) -> None:
    async with house.db.write() as tx:
        rows = await outbox.locked(tx, staying)
        still = [row for row in rows.values() if row.state is Delivery.QUEUED]
        held = (outbox.moved(r, staying[r.id][0], now, refusal=staying[r.id][1]) for r in still)
        changed = [row for row in held if row is not None]
        await outbox.save(tx, changed)
        held_back = {row.message_id: row.refusal for row in changed if row.refusal}
        await plans.refuse(tx, held_back, now)
        await tell(tx, changed, now)


def _after(row: Sending, sent: Sent, now: datetime) -> Sending:
    attempt = sent.row.attempts + 1
    match sent.result:
        case Accepted(provider_id):
            after = outbox.moved(row, Delivery.SENT, now, provider_id=provider_id)
            return after or replace(row, provider_id=row.provider_id or provider_id)
        case Refused(code):
            after = outbox.moved(row, Delivery.FAILED, now, attempt, error_code=code)
        case TryLater(wait):
            due_at = now + (backoff(sent.row.attempts) if wait is None else timedelta(seconds=wait))
            after = outbox.moved(row, Delivery.QUEUED, now, attempt, due_at=due_at)
        case Unsure():
            after = outbox.moved(row, Delivery.UNKNOWN, now, attempt, due_at=now)
    return after or row


def backoff(attempts: int) -> timedelta:
    """1, 2, 4 … seconds, one minute at the longest."""
    return min(FIRST_RETRY * float(2 ** min(attempts, 10)), LONGEST_RETRY)


async def tell(tx: Tx, rows: Iterable[Sending], now: datetime, also: Iterable[Event] = ()) -> None:
    """Open pages hear of these deliveries, and of what else happened by them."""
    delivered = [Event(row.conversation_id, "delivery", now) for row in rows]
    await events.add(tx, [*delivered, *also])
