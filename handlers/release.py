"""A counsellor gives a conversation back to the queue."""

from uuid import UUID

from domain.member import Member
from handlers.desk import owned
from handlers.house import House
from handlers.pass_on import handing, pass_on


async def release(house: House, member: Member, conversation_id: UUID) -> None:
    """Somebody else can take it now; nothing is sent. Raises NotYours, NotFound, NotAllowed."""
    now = house.now()
    async with house.db.write() as tx:
        talk = await owned(tx, member, conversation_id)
        said = handing(talk, None, member.id, now)
        await pass_on(tx, talk, None, said, house.pace, handed_over_at=None)
    house.wake.pages()
