"""A counsellor asks for help with a conversation, or needs it no more."""

from dataclasses import replace
from uuid import UUID

from domain.member import Member
from handlers.desk import owned
from handlers.house import House
from storage import events, helps
from storage.database import Tx
from storage.events import Event
from storage.helps import Help


async def ask_help(house: House, member: Member, conversation_id: UUID) -> None:
    """Coordinators see it in the queue. Asked twice it is asked once.

    Raises NotYours, NotFound or NotAllowed.
    """
    now = house.now()
    async with house.db.write() as tx:
        await owned(tx, member, conversation_id)
        known = await of_owner(tx, conversation_id, member.id)
        if known.asked_at is not None:
            return
        await helps.put(tx, conversation_id, replace(known, asked_at=now))
        await events.add(tx, [Event(conversation_id, "help_asked", now, member.id)])


async def end_help(house: House, member: Member, conversation_id: UUID) -> None:
    """They manage alone; a coordinator who came is with them no more.

    Raises NotYours, NotFound or NotAllowed.
    """
    now = house.now()
    async with house.db.write() as tx:
        await owned(tx, member, conversation_id)
        known = await of_owner(tx, conversation_id, member.id)
        if known.asked_at is None and known.helper_id is None:
            return
        await helps.forget(tx, conversation_id, member.id)
        await events.add(tx, [Event(conversation_id, "help_ended", now, member.id)])


async def of_owner(tx: Tx, conversation_id: UUID, owner_id: UUID) -> Help:
    """What holds for whoever has it now; what an earlier one asked for does not."""
    known = (await helps.of_conversation(tx, conversation_id)).get(owner_id)
    if known is None or known.taken_over_at is not None:
        return Help(owner_id, None, None, None, None)
    return known
