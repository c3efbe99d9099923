"""What came while its owner had the page before them is read once the page has shown it."""

from uuid import UUID

from domain.member import Member
from handlers.desk import found
from handlers.house import House
from storage import events, messages
from storage.events import Event


async def note_shown(
    house: House, member: Member, conversation_id: UUID, newest: UUID, since: int
) -> int | None:
    """All up to the message or edit `newest` is read. That it is unanswered remains.

    `since`: the event number of the page. The answer is the number of the reading itself, if
    nothing else happened since then: it makes the page no older. None else, and from anybody but
    the owner, from whom nothing changes. Raises NotFound or NotAllowed.
    """
    now = house.now()
    async with house.db.write() as tx:
        conversation = await found(tx, member, conversation_id)
        if conversation.owner_id != member.id:
            return None
        if not await messages.mark_read(tx, conversation_id, now, newest):
            return None
        await events.add(tx, [Event(conversation_id, "read", now, member.id)])
        happened = await events.after(tx, since, 2, conversation_id)
    return happened[0][0] if len(happened) == 1 else None
