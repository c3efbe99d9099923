"""A counsellor has heard from the contact whether it is safe to write, and notes it."""

from uuid import UUID

from domain.gate import Gate
from domain.member import Member
from handlers.desk import owned
from handlers.house import House
from storage import contacts, events
from storage.events import Event


async def set_gate(house: House, member: Member, conversation_id: UUID, gate: Gate) -> None:
    """While a conversation is owned the machine asks nobody. Raises NotYours, NotFound, NotAllowed.

    Closed holds back the next reply; what the contact writes next makes it unknown again.
    """
    now = house.now()
    async with house.db.write() as tx:
        conversation = await owned(tx, member, conversation_id)
        if await contacts.set_gate(tx, conversation.contact_id, gate):
            await events.add(tx, [Event(conversation_id, f"gate_{gate}", now, member.id)])
