"""A member notes that something has to be reported: a task that nothing but an outcome ends."""

from uuid import UUID

from domain.access import Act
from domain.duty import Kind, Within
from domain.member import Member
from handlers.desk import found, must
from handlers.house import House
from handlers.register_text import optional
from storage import audit, duties, events, register_words
from storage.duties import Duty
from storage.events import Event
from storage.ids import new_id
from storage.register_words import Part


async def raise_duty(
    house: House, member: Member, conversation_id: UUID, kind: Kind, within: Within, words: str
) -> None:
    """In a closed conversation, too, and in a colleague's. One of this kind that stands open
    already stays, and so do its words: raised twice it is once.

    Raises BadInput (words: too_long), NotFound or NotAllowed.
    """
    must(member, Act.DUTY)
    now, text = house.now(), optional("why", words)
    due_at = now + house.pace.takes(within.length)
    duty = Duty(new_id(now), conversation_id, kind, member.id, now, due_at)
    async with house.db.write() as tx:
        await found(tx, member, conversation_id)
        if not await duties.add(tx, [duty]):
            return
        await register_words.add(
            tx, (conversation_id, duty.id), Part.DUTY_RAISED, member.id, text, now
        )
        await events.add(tx, [Event(conversation_id, "duty_raised", now, member.id, kind)])
        audit.note(tx, "duty_raised", now, member.id, conversation_id, kind)
