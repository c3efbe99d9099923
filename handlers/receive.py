"""A message is taken in: stored once, queued, and its answer made due, before it is acknowledged.

Many that arrive together share one transaction; each is whole or absent, none half.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from domain.address import is_answerable
from domain.contact_rules import REUSE
from domain.conversation import State
from domain.gate import Gate
from domain.message import InboundMessage, OptOut
from domain.priority import Tier
from handlers.acknowledge import take_chats, take_codes
from handlers.arrive import arrive
from handlers.case import Case
from handlers.chosen import ASKING, COUNTS, NOTED, may_choose
from handlers.errors import DatabaseAway
from handlers.follow_up import QUESTIONS
from handlers.house import House
from handlers.on_call import left_alone
from handlers.opened import NOTHING_READ
from handlers.phones import hold_phones
from handlers.place import Placed, place
from handlers.setting import Setting
from handlers.storing import storing
from handlers.wants_answer import wants_answer
from handlers.write_case import write
from storage import (
    contacts,
    conversations,
    lines,
    messages,
    new_contacts,
    plans,
    questions,
    quiet_words,
    receipts,
    triages,
    waits,
)
from storage.anothers_number import is_somebody_elses
from storage.contacts import Addresses, Contact, Key
from storage.conversations import Conversation
from storage.database import Tx
from storage.ids import new_id
from storage.lines import Line
from storage.new_contacts import NewContact
from storage.plans import Plan
from storage.receipts import Receipt
from storage.triages import Triage
from storage.waits import Wait

IN_ONE_BREATH = timedelta(seconds=60)
"""Two texts within it are searched for danger together."""

log = structlog.get_logger()


async def receive(house: House, messages: Sequence[InboundMessage]) -> int:
    """Take in messages, oldest first; how many were new.

    A provider id that was handled before changes nothing. Raises CannotStore: nothing of this
    call was stored, and whoever sent it must try again.
    """
    return await storing(partial(_receive, house, messages))


async def _receive(house: House, messages: Sequence[InboundMessage]) -> int:
    now = house.now()
    async with house.db.write() as tx:
        known = await lines.every(tx)
        if not known:
            raise DatabaseAway  # as good as: nothing at all can be stored before `line add`
        fresh = await _fresh(tx, messages, now)
        ours = {line.address for line in known}
        taken = [plain(m, now) for m in fresh if m.sender not in ours]
        theirs = await take_chats(tx, await take_codes(tx, taken, now), now)
        answered, taken = len(theirs) < len(taken), theirs
        found = await place(tx, known, taken)
        await hold_phones(tx, found, lines=len(known))
        placed = keyed(tx, found)
        cases = await cases_of(house, tx, placed, now)
        rotas = {line.id: line.rota_id for _, (line, _) in placed}
        alone = await left_alone(house, tx, rotas, now)
        for key, (line, message) in placed:
            edition = house.scripts.current(line.script)
            setting = Setting(line, edition, house.scripts.danger, alone[line.id])
            case = cases[key]
            unread = not NOTHING_READ.isdisjoint(case.conversation.marks)
            if unread and not case.contact.language_chosen:
                case.know(language=_language(house, line, message))
            arrive(case, message, setting)
        await write(tx, list(cases.values()), now)
    _wake(house, list(cases.values()))
    if answered:
        house.wake.pages()
    if any(message.to and message.to not in ours for _, (_, message) in placed):
        log.warning("text_to_unknown_line")
    return len(fresh)


def plain(message: InboundMessage, now: datetime) -> InboundMessage:
    """What can be kept: no NUL, no half characters, no moment that is yet to come."""
    return replace(
        message,
        sender=_text(message.sender),
        to=_text(message.to),
        body=_text(message.body),
        at=min(message.at, now),
    )


def _text(given: str) -> str:
    return given.replace("\x00", "").encode(errors="replace").decode()


def _wake(house: House, cases: list[Case]) -> None:
    if any(case.rows for case in cases):
        house.wake.outbox()
    if any(case.rings for case in cases):
        house.wake.pages()
    due = [c.triage.answer_due_at for c in cases if c.triage and c.triage.answer_due_at]
    if due:
        house.wake.triage(min(due))


async def _fresh(tx: Tx, messages: Sequence[InboundMessage], now: datetime) -> list[InboundMessage]:
    by_receipt: dict[Receipt, InboundMessage] = {}
    for message in messages:
        by_receipt.setdefault(receipts.receipt(tx, message.channel, message.identity), message)
    new = await receipts.take(tx, by_receipt, now)
    return [message for receipt, message in by_receipt.items() if receipt in new]


Keyed = tuple[Key, Placed]
"""A message with the key of whoever wrote it."""


def keyed(tx: Tx, placed: Iterable[Placed]) -> list[Keyed]:
    """Each with its key, which takes longer to make than to use."""
    return [
        ((line.id, message.channel, tx.keys.index("address", message.sender)), (line, message))
        for line, message in placed
    ]


async def cases_of(house: House, tx: Tx, placed: list[Keyed], now: datetime) -> dict[Key, Case]:
    """By their key: the contacts of these messages, locked, new ones among them, with what is
    known of each."""
    firsts: dict[Key, Placed] = {}
    for key, one in placed:
        firsts.setdefault(key, one)
    if not firsts:
        return {}
    people, fresh = await _people(house, tx, firsts, now)
    await _follow_our_address(tx, placed, people)
    known = [contact.id for contact in people.values() if contact.id not in fresh]
    theirs = await conversations.of_contacts(tx, known) if known else {}
    runs = await triages.running(tx, [c.id for c in theirs.values()]) if theirs else {}
    heard = await _just_heard(tx, people.values(), theirs, now)
    wordless = {key for key, (_, message) in placed if message.wordless}
    told = await _told_only_text(tx, [people[key] for key in wordless], theirs)
    choosing = {key for key, (_, message) in placed if may_choose(message.body)}
    waiting = await _waits(tx, people.values(), theirs, runs)
    planned, asked_last = await _followed_up(tx, [people[key] for key in choosing], theirs)
    polite = {
        talk.id
        for key, (line, message) in placed
        if (talk := theirs.get(people[key].id)) is not None
        and (talk.state, talk.waiting_since) == (State.OWNED, None)
        and house.scripts.is_courtesy(line.script, message.body)
    }
    asking = await _asked_by_people(tx, polite) if polite else set()
    asked = waiting.keys() & {
        theirs[c.id].id for c in map(people.get, choosing) if c and c.id in theirs
    }
    since = min((waiting[talk].since for talk in asked), default=now)
    noted = await messages.how_often(tx, asked, NOTED.values(), since) if asked else {}
    offered = await questions.asked(tx, asked, ASKING, now - COUNTS) if asked else {}
    cases = {}
    for key, contact in people.items():
        old = theirs.get(contact.id)
        conversation = old or _unopened(contact, now)
        run = runs.get(conversation.id)
        new = old is None
        cases[key] = Case(contact, conversation, run, now, house.zone, house.pace, new=new)
        cases[key].heard = heard.get(conversation.id, "")
        cases[key].told_only_text = conversation.id in told
        cases[key].wait = waiting.get(conversation.id)
        cases[key].plan = planned.get(conversation.id)
        cases[key].asked_last = asked_last.get(conversation.id)
        cases[key].asked_by_person = conversation.id in asking
        cases[key].offered = offered.get(conversation.id, ())
        cases[key].choices_noted = noted.get(conversation.id, 0)
    return cases


async def _told_only_text(
    tx: Tx, people: Iterable[Contact], theirs: Mapping[UUID, Conversation]
) -> set[UUID]:
    talks = [theirs[contact.id].id for contact in people if contact.id in theirs]
    return await messages.with_text(tx, talks, "only_text") if talks else set()


async def _waits(
    tx: Tx,
    people: Iterable[Contact],
    theirs: Mapping[UUID, Conversation],
    runs: Mapping[UUID, Triage],
) -> dict[UUID, Wait]:
    """Those who wait for a person, of whom the questions want nothing more."""
    talks = [theirs[contact.id] for contact in people if contact.id in theirs]
    waiting = [t.id for t in talks if t.state is State.WAITING and t.id not in runs]
    return await waits.of_conversations(tx, waiting) if waiting else {}


async def _followed_up(
    tx: Tx, people: Iterable[Contact], theirs: Mapping[UUID, Conversation]
) -> tuple[dict[UUID, Plan], dict[UUID, tuple[str, datetime]]]:
    """Those who were asked whether we may get in touch, or were followed up, and since when they
    have the question."""
    talks = [theirs[contact.id] for contact in people if contact.id in theirs]
    asked = [talk.id for talk in talks if talk.close_asked_at is not None]
    if not asked:
        return {}, {}
    got = await questions.arrived(tx, asked, QUESTIONS)
    known = {talk: (text_id, at) for talk, (text_id, at) in got.items() if at is not None}
    return await plans.latest(tx, asked), known


async def _asked_by_people(tx: Tx, talks: Iterable[UUID]) -> set[UUID]:
    """Those whose counsellor, or whoever spoke last, wants an answer of them."""
    said = await messages.last_said(tx, talks)
    seen = {talk: last.wants_answer for talk, last in said.items()}
    return {t for t, wants in seen.items() if wants or (wants is None and _asks(said[t]))}


def _asks(last: messages.Message) -> bool:
    """It lies under the server's key alone, or nobody can tell."""
    return wants_answer(last.body or "")


async def _just_heard(
    tx: Tx, people: Iterable[Contact], theirs: Mapping[UUID, Conversation], now: datetime
) -> dict[UUID, str]:
    since = now - IN_ONE_BREATH
    recent = [theirs[c.id].id for c in people if c.last_inbound_at >= since and c.id in theirs]
    return await messages.last_heard(tx, recent, since) if recent else {}


async def _people(
    house: House, tx: Tx, firsts: dict[Key, Placed], now: datetime
) -> tuple[dict[Key, Contact], Collection[UUID]]:
    """All of them, and who writes for the first time."""
    older = tx.keys.older("address", (message.sender for _, message in firsts.values()))
    found = await contacts.locked(tx, firsts, older)
    gone = {k: c for k, c in found.items() if now - c.last_inbound_at >= REUSE}
    wrong = [c.id for k, c in found.items() if is_somebody_elses(tx, c, firsts[k][1].sender)]
    if wrong:
        log.error("found_by_anothers_number", contacts=wrong)
        found = {k: c for k, c in found.items() if c.id not in wrong}
        gone = {k: c for k, c in gone.items() if c.id not in wrong}
        await contacts.lose(tx, wrong)
    if gone:
        lost = [contact.id for contact in gone.values()]
        await contacts.lose(tx, lost)
        await quiet_words.forget(tx, lost)
    people = {key: contact for key, contact in found.items() if key not in gone}
    fresh = {k: _new_contact(house, tx, k, *firsts[k], now) for k in firsts if k not in people}
    added = await new_contacts.add(tx, list(fresh.values()), now)
    people |= {k: added[id_] for k, new in fresh.items() if (id_ := new.contact.id) in added}
    return people | await contacts.locked(tx, firsts.keys() - people.keys(), older), added


def _new_contact(
    house: House, tx: Tx, key: Key, line: Line, message: InboundMessage, now: datetime
) -> NewContact:
    contact = Contact(
        id=new_id(now),
        line_id=line.id,
        channel=message.channel,
        address_index=key[2],
        our_address_index=tx.keys.index("address", message.to),
        answerable=is_answerable(message.channel, message.sender),
        language=_language(house, line, message),
        language_chosen=False,
        gate=Gate.UNKNOWN,
        opt_out=OptOut.NONE,
        safe_from=None,
        safe_to=None,
        first_inbound_at=message.at,
        last_inbound_at=message.at,
        delete_asked_at=None,
        delete_requested_at=None,
    )
    return NewContact(contact, Addresses(message.sender, message.to))


def _language(house: House, line: Line, message: InboundMessage) -> str:
    """Of the first answer: their own words tell it best, then what their telephone speaks."""
    guessed = house.scripts.guess(message.body, line.languages)
    hint = (message.language or "").partition("-")[0].lower()
    return guessed or (hint if hint in line.languages else line.languages[0])


def _unopened(contact: Contact, now: datetime) -> Conversation:
    """Before its first text opens it. STOP as the first word ever leaves it like this."""
    return Conversation(
        id=new_id(now),
        contact_id=contact.id,
        line_id=contact.line_id,
        state=State.CLOSED,
        owner_id=None,
        tier=Tier.P3,
        provisional=True,
        reasons=("new",),
        marks=() if contact.answerable else ("not_answerable",),
        returning=False,
        earlier_owner_id=None,
        opened_at=now,
        waiting_since=None,
        p1_said_at=None,
        close_asked_at=None,
        closed_at=None,
        outcome=None,
    )


async def _follow_our_address(tx: Tx, placed: list[Keyed], people: dict[Key, Contact]) -> None:
    for key, (_, message) in placed:
        index, *before = tx.keys.indexes("address", message.to)
        if people[key].our_address_index not in {index, *before}:
            await contacts.move_our_address(tx, people[key].id, message.to)
            people[key] = replace(people[key], our_address_index=index)
