"""A contact changed what they had written: kept beside the original, searched for danger, unread.

A message that is edited away from "inte säkert" was written all the same: nothing is taken back.
Of an edit of a redacted message nothing is kept but that it came: it may well say again what was
destroyed.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from domain import commands
from domain.commands import Kind
from domain.conversation import State
from domain.gate import Gate
from domain.message import InboundMessage, OptOut
from handlers.alarm import danger_in, stop_writing, tell
from handlers.arrive import LATE
from handlers.asks_nothing import wait_for_an_answer
from handlers.blocked import stays_blocked
from handlers.case import Case
from handlers.errors import DatabaseAway
from handlers.follow_up import ends_the_question
from handlers.house import House
from handlers.on_call import left_alone
from handlers.opened import put_in_queue
from handlers.place import without_card
from handlers.receive import plain, receive
from handlers.setting import Setting
from handlers.small_words import NOT_SAFE_NOW
from handlers.storing import storing
from handlers.watched import heed
from handlers.write_case import write
from storage import contacts, conversations, lines, messages, receipts, revisions, triages
from storage.contacts import Contact
from storage.database import Tx
from storage.ids import new_id
from storage.lines import Line
from storage.messages import Message
from storage.revisions import Revision
from triage.words import tokens


@dataclass(frozen=True)
class Edit:
    """A message as it reads now."""

    message: InboundMessage
    """With the number of the message that was changed; `at` is when it was."""
    number: str
    """Tells this edit from every other; the same one may come twice."""


async def revise(house: House, edit: Edit) -> None:
    """Take in an edit; one of a message that is not known is taken in as a message of its own.

    The same edit twice, and one that changes no word (a location that moves), change nothing.
    Raises CannotStore: nothing was stored, and whoever sent it must try again.
    """
    edit = replace(edit, message=plain(edit.message, house.now()))
    if await storing(partial(_revise, house, edit)):
        return
    alone = f"{edit.message.provider_id}-edit-{edit.number}"
    await receive(house, [replace(edit.message, provider_id=alone)])


async def _revise(house: House, edit: Edit) -> bool:
    """False where the message is not known."""
    now = house.now()
    async with house.db.write() as tx:
        known = {line.id: line for line in await lines.every(tx)}
        if not known:
            raise DatabaseAway
        given = without_card(known.values(), edit.message)
        indexes = tx.keys.indexes("address", given.sender)
        people = {c.id: c for c in await contacts.of_address(tx, given.channel, known, indexes)}
        found = await messages.from_contacts(tx, people, given.provider_id)
        if found is None:
            return False
        message, contact_id = found
        receipt = receipts.receipt(tx, given.channel, f"edit/{given.sender}/{edit.number}")
        fresh = await receipts.take(tx, [receipt], now)
        if not fresh or not await _changes(tx, message, given.body, now):
            return True
        contact = people[contact_id]
        case = await _case(house, tx, contact, now)
        await revisions.add(tx, message.conversation_id, _kept(message, given, now))
        await messages.unread_again(tx, message.id)
        _rewritten(case, given, await _setting(house, tx, known[contact.line_id], now))
        await write(tx, [case], now)
    _wake(house, case)
    return True


async def _changes(tx: Tx, message: Message, body: str, now: datetime) -> bool:
    if message.redacted_at is not None:
        return await receipts.take_words(tx, message.id, [body], now)
    versions = await revisions.of_message(tx, message.id)
    newest: Message | Revision = versions[-1] if versions else message
    if newest.sealed:  # nobody can compare it here: kept where it says anything
        return bool(body)
    return newest.body != body


def _kept(message: Message, given: InboundMessage, now: datetime) -> Revision:
    number = new_id(now)
    if message.redacted_at is None:
        return Revision(number, message.id, given.at, given.body)
    return Revision(number, message.id, max(given.at, message.redacted_at), None)


async def _case(house: House, tx: Tx, contact: Contact, now: datetime) -> Case:
    talk = (await conversations.of_contacts(tx, [contact.id]))[contact.id]
    run = (await triages.running(tx, [talk.id])).get(talk.id)
    return Case(contact, talk, run, now, house.zone, house.pace)


async def _setting(house: House, tx: Tx, line: Line, now: datetime) -> Setting:
    alone = (await left_alone(house, tx, {line.id: line.rota_id}, now))[line.id]
    return Setting(line, house.scripts.current(line.script), house.scripts.danger, alone)


def _rewritten(case: Case, given: InboundMessage, setting: Setting) -> None:
    """What is heard whenever it is said; an answer to a question is read from the original."""
    late = case.now - given.at > LATE
    gate = case.contact.gate
    case.know(last_inbound_at=max(case.contact.last_inbound_at, given.at))
    heed(case, given.body)
    stops = _heed_stop(case, given.body)
    if stays_blocked(case, given.body, setting):
        case.happened("edited")
        return
    if case.conversation.state is State.CLOSED:
        _open_again(case)
    ends_the_question(case)
    wait_for_an_answer(case, given.at)
    case.happened("edited")
    if tokens(given.body) in NOT_SAFE_NOW:
        stop_writing(case, setting, silent=late or gate is Gate.CLOSED)
    if stops and not late:
        tell(case, "stop", setting)
    danger_in(case, given.body, setting, late=late)
    if case.triage is not None and case.asking and case.triage.danger:
        case.ask(answer_due_at=case.now, answer_latest_at=case.now, silence_due_at=None)


def _heed_stop(case: Case, body: str) -> bool:
    """It says STOP now, which it did not before; a blocked sender's counts in silence."""
    command = commands.parse(body)
    if command is None or command.kind is not Kind.STOP or case.contact.opt_out is not OptOut.NONE:
        return False
    case.know(opt_out=OptOut.OWN)
    case.happened("opted_out")
    return True


def _open_again(case: Case) -> None:
    """A person reads it; the questions do not begin anew by it."""
    returning = case.conversation.closed_at is not None
    put_in_queue(case, returning=returning)
    if returning and case.contact.gate is not Gate.LOST:
        case.know(gate=Gate.UNKNOWN)


def _wake(house: House, case: Case) -> None:
    if case.rows:
        house.wake.outbox()
    if case.triage is not None and case.triage.answer_due_at is not None:
        house.wake.triage(case.triage.answer_due_at)
