"""A counsellor turns a contact's words into the hours in which we may write to them."""

from uuid import UUID

from domain.contact_rules import SafeHours
from domain.member import Member
from handlers.desk import theirs
from handlers.errors import BadInput
from handlers.house import House
from storage import audit, contacts, events
from storage.events import Event


async def set_safe_hours(
    house: House, member: Member, conversation_id: UUID, hours: SafeHours | None
) -> None:
    """None takes the hours away. Raises BadInput, NotYours, NotFound or NotAllowed."""
    if hours is not None and hours.start == hours.end:
        raise BadInput("hours", "empty")
    now = house.now()
    async with house.db.write() as tx:
        conversation = await theirs(tx, member, conversation_id)
        await contacts.set_safe_hours(tx, conversation.contact_id, hours)
        await events.add(tx, [Event(conversation_id, "hours_set", now, member.id)])
        said = "hours_set" if hours else "hours_removed"
        audit.note(tx, "safe_hours", now, member.id, conversation_id, said)
