"""A counsellor has heard from the contact whether it is safe to write, and notes it."""

from uuid import UUID

from domain.gate import Gate
from domain.member import Member
from domain.message import Channel
from handlers.desk import theirs
from handlers.house import House
from handlers.phones import hold_phone
from storage import audit, contacts, conversations, events
from storage.database import Tx
from storage.events import Event
from storage.same_address import indexes_of


async def set_gate(house: House, member: Member, conversation_id: UUID, gate: Gate) -> None:
    """While a conversation is owned the machine asks nobody. Raises NotYours, NotFound, NotAllowed.

    Closed holds back the next reply; what the contact writes next makes it unknown again.
    """
    now = house.now()
    async with house.db.write() as tx:
        await hold_phone(tx, conversation_id)
        conversation = await theirs(tx, member, conversation_id)
        if await contacts.set_gate(tx, conversation.contact_id, gate):
            talks = [conversation_id]
            if gate is Gate.CLOSED:
                talks += await _closed_beside(tx, conversation.contact_id)
            await events.add(tx, [Event(talk, f"gate_{gate}", now, member.id) for talk in talks])
            audit.note(tx, "gate", now, member.id, conversation_id, gate)


async def _closed_beside(tx: Tx, contact_id: UUID) -> list[UUID]:
    """The same Telegram chat's conversations with other lines, closed to writing now as well."""
    contact = (await contacts.by_ids(tx, [contact_id]))[contact_id]
    if contact.channel is not Channel.TELEGRAM or contact.address_index is None:
        return []
    others = await contacts.in_chats(tx, Channel.TELEGRAM, indexes_of(tx, contact))
    changed = [c.id for c in others if await contacts.set_gate(tx, c.id, Gate.CLOSED)]
    return [talk.id for talk in (await conversations.of_contacts(tx, changed)).values()]
