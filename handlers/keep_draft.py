"""What a counsellor has begun to write survives a reload."""

from uuid import UUID

from domain.member import Member
from handlers.desk import found
from handlers.house import House
from storage import drafts

LONGEST = 1600


async def keep_draft(house: House, member: Member, conversation_id: UUID, body: str) -> None:
    """Keep these words; none forgets what was kept. Raises NotFound or NotAllowed."""
    async with house.db.write() as tx:
        await found(tx, member, conversation_id)
        kept = body.replace("\x00", "")[:LONGEST]
        await drafts.keep(tx, conversation_id, member.id, kept, house.now())
