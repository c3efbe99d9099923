"""A counsellor gives a conversation back to the queue."""

from uuid import UUID

from domain.conversation import TRANSITIONS, State, Step
from domain.member import Member
from handlers.desk import owned
from handlers.errors import NotYours
from handlers.house import House
from storage import conversations, events
from storage.events import Event


async def release(house: House, member: Member, conversation_id: UUID) -> None:
    """Somebody else can take it now; nothing is sent. Raises NotYours, NotFound, NotAllowed."""
    now = house.now()
    async with house.db.write() as tx:
        conversation = await owned(tx, member, conversation_id)
        if not await conversations.pass_on(
            tx,
            conversation_id,
            expect=(State.OWNED, member.id),
            then=(TRANSITIONS[State.OWNED, Step.RELEASE], None),
            earlier_owner_id=member.id,
            handed_over_at=None,
            **conversations.waits_again(conversation, now, house.pace),
        ):
            raise NotYours
        await events.add(tx, [Event(conversation_id, "released", now, member.id)])
