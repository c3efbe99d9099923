"""Somebody has seen that a message did not arrive, and has done what can be done about it."""

from uuid import UUID

from domain.delivery import TROUBLE
from domain.member import Member
from handlers.desk import found
from handlers.errors import BadInput, NotFound, NotYours
from handlers.house import House
from storage import events, outbox, troubles
from storage.events import Event


async def note_trouble(
    house: House, member: Member, conversation_id: UUID, message_id: UUID
) -> None:
    """It is no task any more, until something worse becomes of it.

    In a colleague's conversation only they do this. Raises BadInput (message: arrived), NotYours,
    NotFound or NotAllowed.
    """
    now = house.now()
    async with house.db.write() as tx:
        conversation = await found(tx, member, conversation_id)
        if conversation.owner_id not in {None, member.id}:
            raise NotYours
        row = (await outbox.of_conversation(tx, conversation_id)).get(message_id)
        if row is None:
            raise NotFound
        if row.state not in TROUBLE:
            raise BadInput("message", "arrived")
        if await troubles.note(tx, row.id, row.state, member.id, now):
            await events.add(tx, [Event(conversation_id, "trouble_noted", now, member.id)])
