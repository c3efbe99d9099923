"""A counsellor hands a conversation to a colleague."""

from uuid import UUID

from domain.conversation import TRANSITIONS, State, Step
from domain.member import Member
from handlers.desk import owned
from handlers.errors import BadInput, NotYours
from handlers.house import House
from handlers.room import must_have_room
from storage import conversations, events, helps, members
from storage.events import Event


async def transfer(house: House, member: Member, conversation_id: UUID, to: UUID) -> None:
    """It is theirs at once.

    Raises BadInput (to: unknown), NoRoom, NotYours, NotFound or NotAllowed.
    """
    now = house.now()
    async with house.db.write() as tx:
        colleague = await members.at_work(tx, to, alone=True)
        talk = await owned(tx, member, conversation_id)
        if colleague is None or not colleague.member.reads or colleague.id == member.id:
            raise BadInput("to", "unknown")
        await must_have_room(tx, colleague.id, talk, now, house.pace, handed=True)
        if not await conversations.pass_on(
            tx,
            conversation_id,
            expect=(State.OWNED, member.id),
            then=(TRANSITIONS[State.OWNED, Step.TRANSFER], colleague.id),
            earlier_owner_id=member.id,
            **conversations.passes_on(talk, now),
        ):
            raise NotYours
        await helps.forget(tx, conversation_id)
        handed = Event(conversation_id, "transferred", now, member.id, str(colleague.id))
        await events.add(tx, [handed])
    house.wake.pages()
