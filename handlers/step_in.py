"""A coordinator joins a colleague's conversation, or takes it over, which is said to them."""

from dataclasses import replace
from uuid import UUID

from domain.access import Act
from domain.conversation import State
from domain.member import Member
from handlers.ask_help import of_owner
from handlers.desk import found, must, still_here, taken
from handlers.errors import NotYours
from handlers.house import House
from handlers.pass_on import pass_on
from storage import audit, events, helps
from storage.events import Event


async def join_talk(house: House, member: Member, conversation_id: UUID) -> None:
    """The counsellor sees who is with them and keeps the conversation. Twice it is once.

    Raises NotYours (nobody has it, or they themselves), NotFound, OnlyCoordinators or NotAllowed.
    """
    must(member, Act.STEP_IN)
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member)
        talk = await found(tx, member, conversation_id)
        if talk.state is not State.OWNED or talk.owner_id is None or talk.owner_id == member.id:
            raise NotYours
        known = await of_owner(tx, conversation_id, talk.owner_id)
        if known.helper_id == member.id:
            return
        with_them = replace(known, helper_id=member.id, joined_at=now)
        await helps.put(tx, conversation_id, with_them)
        await events.add(tx, [Event(conversation_id, "helper_joined", now, member.id)])
        asked = "asked" if known.asked_at else "unasked"
        audit.note(tx, "joined_talk", now, member.id, conversation_id, asked)


async def take_over(
    house: House, member: Member, conversation_id: UUID, counsellor_id: UUID
) -> None:
    """From whoever has it on the page that was looked at; no limit holds it up. Sent twice it is
    done once. The counsellor is told until they say that they know.

    Raises AlreadyTaken (somebody else has it by now, or it is closed), NotYours (nobody has it),
    NotFound, OnlyCoordinators or NotAllowed.
    """
    must(member, Act.STEP_IN)
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member, alone=True)
        talk = await found(tx, member, conversation_id)
        if talk.owner_id == member.id:
            return
        if talk.state is State.WAITING:
            raise NotYours
        if talk.owner_id != counsellor_id:
            raise await taken(tx, conversation_id)
        known = await of_owner(tx, conversation_id, counsellor_id)
        said = Event(conversation_id, "taken_over", now, member.id, str(counsellor_id))
        await pass_on(tx, talk, member.id, said, house.pace, page_due_at=None)
        over = replace(known, helper_id=member.id, taken_over_at=now)
        await helps.put(tx, conversation_id, over)
        audit.note(tx, "taken_over", now, member.id, conversation_id)


async def know_taken_over(house: House, member: Member, conversation_id: UUID) -> None:
    """The counsellor has read that it was taken over from them; from others nothing changes. Raises
    NotFound or NotAllowed."""
    now = house.now()
    async with house.db.write() as tx:
        await found(tx, member, conversation_id)
        if not await helps.told(tx, conversation_id, member.id):
            return
        await events.add(tx, [Event(conversation_id, "told", now, member.id)])
