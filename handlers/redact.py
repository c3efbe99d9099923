"""What should never have been written down is destroyed on sight (domain.md, "Triage")."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.hold import Ground
from domain.member import Member
from handlers.desk import found
from handlers.errors import BadInput, NotFound, NotYours
from handlers.house import House
from handlers.may_open import must_open
from handlers.sweep_copies import OF_TWILIO
from storage import (
    audit,
    copies,
    events,
    holds,
    messages,
    notes,
    pictures,
    provider_copies,
    queue,
    receipts,
    revisions,
    triages,
)
from storage.database import Tx
from storage.events import Event
from storage.messages import Message
from storage.provider_copies import Kind, NewCopy
from storage.queue import Standing
from triage.state import BROKEN, State


async def redact(house: House, member: Member, conversation_id: UUID, message_id: UUID) -> None:
    """Destroy the text of a message or a note, and every copy: the outbox's, the triage's, what a
    message said after it was edited, and its pictures; at Twilio too, unless all is kept there.

    In a colleague's conversation only they do, so that nobody takes away what they have not read;
    where nobody has it, whoever may open it now: not who was not admitted to the words, nor who
    has given no reason. What the law or a court has us keep stays as it is until that has ended.
    Raises BadInput (redact: sealed or held), NotYours, NeedsReason, NotFound or NotAllowed.
    """
    now = house.now()
    async with house.db.write() as tx:
        conversation = await found(tx, member, conversation_id)
        if conversation.owner_id not in {None, member.id}:
            raise NotYours
        standing = await queue.of_conversation(tx, conversation_id)
        if standing is not None:
            await must_open(tx, member, standing, now)
        held = await holds.standing(tx, [conversation_id], now)
        if any(one.ground is not Ground.WISH for one in held):
            raise BadInput("redact", "held")
        message = await messages.by_id(tx, message_id)
        if message is not None and message.conversation_id == conversation_id:
            if message.sealed:
                raise BadInput("redact", "sealed")
            await _ask_provider(house, tx, standing, message, now)
            await _redact_message(tx, message, now)
        else:
            await _redact_note(tx, member, conversation_id, message_id, now)
        await events.add(tx, [Event(conversation_id, "redacted", now, member.id)])
        audit.note(tx, "redacted", now, member.id, conversation_id)


async def _redact_note(
    tx: Tx, member: Member, conversation_id: UUID, note_id: UUID, now: datetime
) -> None:
    note = next(
        (n for n in await notes.of_conversation(tx, conversation_id) if n.id == note_id), None
    )
    if note is None or not note.is_for(member.id):
        raise NotFound
    if note.sealed:
        raise BadInput("redact", "sealed")
    await notes.redact(tx, conversation_id, note_id, now)


async def _redact_message(tx: Tx, message: Message, now: datetime) -> None:
    await _know_again(tx, message, now)
    await messages.redact(tx, message.conversation_id, message.id, now)
    await copies.redact(tx, message.id)
    await pictures.destroy(tx, message.id)
    await revisions.redact(tx, message.id)
    runs = await triages.of_conversation(tx, message.conversation_id)
    less = [replace(run, state=without(run.state, message)) for run in runs if run.state]
    changed = [run for run in less if run not in runs]
    await triages.save(tx, changed)


async def _ask_provider(
    house: House, tx: Tx, standing: Standing | None, message: Message, now: datetime
) -> None:
    """A picture is kept at Twilio, from where it is fetched: it goes with its message there. The
    words alone go from there by themselves."""
    if house.keeps_copies or standing is None:
        return
    channel, named = standing.contact.channel, message.provider_id
    if message.media and named and channel in OF_TWILIO:
        copy = NewCopy(channel, Kind.MESSAGE, message.at, named)
        await provider_copies.add(tx, [copy], now)


async def _know_again(tx: Tx, message: Message, now: datetime) -> None:
    """An edit that brings one of these texts once more is none."""
    versions = [message.body, *(one.body for one in await revisions.of_message(tx, message.id))]
    known = [body for body in versions if body is not None]
    await receipts.take_words(tx, message.id, known, now)


def without(state: Mapping[str, Any], message: Message) -> Mapping[str, Any]:
    """A triage's state whose answers hold none of this message's words; their codes stay.

    An answer may be several texts in one. Where the message or the state cannot be read nobody
    knows which answer holds them: all words go.
    """
    read = State.from_json(state)
    if read.step == BROKEN:
        return {}
    words = _plain(message.body or "")

    def holds(text: str) -> bool:
        return message.unreadable or bool(words and words in _plain(text))

    answers = tuple(replace(a, text="") if holds(a.text) else a for a in read.answers)
    before = read.before and replace(read.before, answers=answers[: len(read.before.answers)])
    return replace(read, answers=answers, before=before).to_json()


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
