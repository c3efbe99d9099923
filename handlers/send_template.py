"""After WhatsApp's window has closed, a counsellor sends the one message that it has approved."""

from datetime import datetime
from uuid import UUID

from domain.contact_rules import TEMPLATE, refusal
from domain.member import Member
from domain.message import Author, Channel
from handlers.belongs import must_belong
from handlers.case import standing
from handlers.desk import once, owned
from handlers.errors import BadInput, MayNotLeave
from handlers.house import House
from storage import contacts, conversations, events, lines, messages, outbox
from storage.contacts import Contact
from storage.database import Tx
from storage.events import Event
from storage.ids import new_id
from storage.messages import Message
from storage.outbox import NewRow


async def send_template(
    house: House,
    member: Member,
    conversation_id: UUID,
    *,
    form_key: UUID,
    asked: bool,
    seen: UUID | None = None,
) -> None:
    """The same `form_key` twice sends once. Its words stand at the provider: the thread says what
    it was, in nobody's words.

    `asked` and `seen` as for a reply. Raises BadInput (template: none), MayNotLeave, NotYours,
    NotFound or NotAllowed; then nothing was written.
    """
    now, form_key = house.now(), once(form_key, conversation_id, TEMPLATE)
    async with house.db.write() as tx:
        conversation = await owned(tx, member, conversation_id)
        if await messages.written(tx, form_key):
            return
        await must_belong(tx, conversation_id)
        contact = (await contacts.by_ids(tx, [conversation.contact_id]))[conversation.contact_id]
        if not await has_template(tx, contact):
            raise BadInput("template", "none")
        here = standing(contact, conversation)
        reason = refusal(here, Author.COUNSELLOR, TEMPLATE, now, house.zone, asked)
        if reason is not None:
            raise MayNotLeave(reason)
        await _write(tx, contact, _message(conversation_id, member, form_key, now), asked=asked)
        waiting = await messages.unseen_since(tx, conversation_id, seen) if seen else None
        await conversations.answered(tx, conversation, waiting, close_asked_at=None)
        await messages.mark_read(tx, conversation_id, now, seen)
        await events.add(tx, [Event(conversation_id, "reply", now, member.id)])
    house.wake.outbox()


async def has_template(tx: Tx, contact: Contact) -> bool:
    """Whether there is one to send to this contact."""
    if contact.channel is not Channel.WHATSAPP:
        return False
    found = (line for line in await lines.every(tx) if line.id == contact.line_id)
    return any(line.whatsapp_template for line in found)


def _message(conversation_id: UUID, member: Member, form_key: UUID, now: datetime) -> Message:
    return Message(
        id=new_id(now),
        conversation_id=conversation_id,
        author=Author.COUNSELLOR,
        at=now,
        body="",
        text_id=TEMPLATE,
        member_id=member.id,
        form_key=form_key,
        read_at=now,
        wants_answer=True,
    )


async def _write(tx: Tx, contact: Contact, message: Message, *, asked: bool) -> None:
    await messages.add(tx, [message])
    row = NewRow(
        id=new_id(message.at),
        message_id=message.id,
        contact_id=contact.id,
        conversation_id=message.conversation_id,
        channel=contact.channel,
        body="",
        by_hand=True,
        asked=asked,
    )
    await outbox.add(tx, [row], message.at)
