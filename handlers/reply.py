"""A counsellor answers: a message and an outbox row in one transaction."""

from collections.abc import Collection
from uuid import UUID

from domain.contact_rules import refusal
from domain.member import Member
from domain.message import Author
from handlers.belongs import standing_with
from handlers.betraying import betraying, unread
from handlers.desk import once, owned
from handlers.errors import BadInput, MayNotLeave
from handlers.house import House
from handlers.offered import offered
from handlers.wants_answer import wants_answer
from storage import (
    audit,
    contacts,
    conversations,
    decided_words,
    drafts,
    events,
    messages,
    outbox,
    waits,
)
from storage.contacts import Contact
from storage.conversations import Conversation
from storage.database import Tx
from storage.drafts import Box
from storage.events import Event
from storage.ids import new_id
from storage.messages import Message
from storage.outbox import NewRow

LONGEST = 1600
"""Characters; Twilio takes no more (error 21617)."""


async def reply(
    house: House,
    member: Member,
    conversation_id: UUID,
    body: str,
    *,
    form_key: UUID,
    asked: bool,
    seen: UUID | None = None,
    warned: Collection[str] = (),
) -> None:
    """The same words with the same `form_key` twice are sent once.

    `asked`: they have read the warning that it may not be safe and go on. `seen`: the last message
    that the page showed, None for all; what came later still waits for an answer. `warned`: the
    words that betray of which they have read, and which they send all the same. Raises BadInput,
    MayNotLeave (with such words, if there are others), NotYours, NotFound or NotAllowed; then
    nothing was written.
    """
    text, now = checked(body), house.now()
    form_key = once(form_key, conversation_id, text)
    async with house.db.write() as tx:
        conversation = await owned(tx, member, conversation_id)
        if await messages.written(tx, form_key):
            return
        contact = (await contacts.by_ids(tx, [conversation.contact_id]))[conversation.contact_id]
        here = await standing_with(tx, contact, conversation)
        words = betraying(text) if here.watched else ()
        new = unread(text, warned) if words else ()
        reason = refusal(here, Author.COUNSELLOR, "", now, house.zone, asked, betrays=bool(new))
        if reason is not None:
            raise MayNotLeave(reason, words if new else ())
        text_id = _which(await offered(house, tx, member, contact), text)
        message = Message(
            id=new_id(now),
            conversation_id=conversation_id,
            author=Author.COUNSELLOR,
            at=now,
            body=text,
            text_id=text_id,
            member_id=member.id,
            form_key=form_key,
            read_at=now,
            wants_answer=wants_answer(text),
        )
        await _write(tx, contact, conversation, message, asked=asked, seen=seen)
        if words:
            await decided_words.decide(tx, message.id, member.id, now)
            audit.note(tx, "words_decided", now, member.id, conversation_id)
        await waits.answered(tx, conversation_id, conversation.tier, now)
    house.wake.outbox()


def checked(body: str) -> str:
    """The words as they are sent. Raises BadInput (reply: empty, too_long)."""
    text = body.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise BadInput("reply", "empty")
    if len(text) > LONGEST:
        raise BadInput("reply", "too_long")
    return text


def _which(texts: tuple[tuple[str, str], ...], body: str) -> str | None:
    """Which of the ready texts the words are, or end with: what they ask is asked either way."""
    return next((text_id for text_id, text in texts if body.endswith(text)), None)


async def _write(
    tx: Tx,
    contact: Contact,
    talk: Conversation,
    message: Message,
    *,
    asked: bool,
    seen: UUID | None,
) -> None:
    now, conversation_id = message.at, message.conversation_id
    await messages.add(tx, [message])
    row = NewRow(
        id=new_id(now),
        message_id=message.id,
        contact_id=contact.id,
        conversation_id=conversation_id,
        channel=contact.channel,
        body=message.body or "",
        by_hand=True,
        asked=asked,
    )
    await outbox.add(tx, [row], now)
    closing = now if message.text_id == "close" else None
    waiting = await messages.unseen_since(tx, conversation_id, seen) if seen else None
    await conversations.answered(tx, talk, waiting, close_asked_at=closing)
    await messages.mark_read(tx, conversation_id, now, seen)
    if message.member_id is not None:
        await drafts.forget(tx, Box.REPLY, conversation_id, message.member_id)
    await events.add(tx, [Event(conversation_id, "reply", now, message.member_id)])
