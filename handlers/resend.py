"""A text that did not arrive is sent again, by a person's decision."""

from uuid import UUID

from domain.contact_rules import TEMPLATE, refusal
from domain.delivery import TROUBLE
from domain.member import Member
from domain.message import Author
from handlers.belongs import standing_with
from handlers.betraying import betraying
from handlers.desk import once, owned
from handlers.errors import BadInput, MayNotLeave, NotFound
from handlers.house import House
from storage import contacts, conversations, decided_words, events, messages, outbox
from storage.database import Tx
from storage.events import Event
from storage.ids import new_id
from storage.messages import Message
from storage.outbox import NewRow


async def resend(
    house: House,
    member: Member,
    conversation_id: UUID,
    message_id: UUID,
    *,
    form_key: UUID,
    asked: bool,
) -> None:
    """A new row for the same message; the same `form_key` twice sends once.

    Its words are what the one who resends may read: what does not belong there is never sent.
    Raises NotFound, BadInput (message: arrived, redacted, sealed or unreadable), MayNotLeave,
    NotYours, NotAllowed.
    """
    now, form_key = house.now(), once(form_key, message_id)
    async with house.db.write() as tx:
        conversation = await owned(tx, member, conversation_id)
        if await outbox.resent(tx, form_key):
            return
        message = await messages.by_id(tx, message_id)
        row = (await outbox.of_conversation(tx, conversation_id)).get(message_id)
        if message is None or row is None or message.conversation_id != conversation_id:
            raise NotFound
        if row.state not in TROUBLE or row.pending or message.body is None:
            raise BadInput("message", _why_not(message))
        contact = (await contacts.by_ids(tx, [conversation.contact_id]))[conversation.contact_id]
        here = await standing_with(tx, contact, conversation)
        text_id = TEMPLATE if message.text_id == TEMPLATE else ""
        tells = await _tells(tx, message) if here.watched else ()
        reason = refusal(
            here, Author.COUNSELLOR, text_id, now, house.zone, asked, betrays=bool(tells)
        )
        if reason is not None:
            raise MayNotLeave(reason, tells)
        again = NewRow(
            id=new_id(now),
            message_id=message_id,
            contact_id=contact.id,
            conversation_id=conversation_id,
            channel=contact.channel,
            body=message.body,
            form_key=form_key,
            by_hand=True,
            asked=asked,
        )
        await outbox.add(tx, [again], now)
        closing = now if message.text_id == "close" else None
        await conversations.asked_to_close(tx, conversation_id, closing)
        await events.add(tx, [Event(conversation_id, "resent", now, member.id)])
    house.wake.outbox()


async def _tells(tx: Tx, message: Message) -> tuple[str, ...]:
    """Of its words those that betray, unless somebody decided that it leaves as it is."""
    if await decided_words.decided(tx, [message.id]):
        return ()
    return betraying(message.body or "", message.text_id)


def _why_not(message: Message) -> str:
    if message.sealed:
        return "sealed"
    if message.unreadable:
        return "unreadable"
    return "redacted" if message.body is None else "arrived"
