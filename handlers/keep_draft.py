"""What a counsellor has begun to write survives a reload."""

from uuid import UUID

from domain.conversation import State
from domain.member import Member
from handlers.desk import found
from handlers.house import House
from storage import drafts
from storage.drafts import Box

LONGEST = 5000
"""Characters: more than may be sent, so that what is to be shortened is all there."""


async def keep_draft(house: House, member: Member, conversation_id: UUID, body: str) -> None:
    """Keep these words of the owner's; none forgets what was kept. Raises NotFound or NotAllowed.

    From anybody else nothing is kept: a page on its way out says its last words after Close.
    """
    async with house.db.write() as tx:
        conversation = await found(tx, member, conversation_id)
        if conversation.state is not State.OWNED or conversation.owner_id != member.id:
            return
        kept = body.replace("\x00", "")[:LONGEST]
        await drafts.keep(tx, Box.REPLY, conversation_id, member.id, kept, house.now())


async def keep_note_draft(house: House, member: Member, conversation_id: UUID, body: str) -> None:
    """Keep what anybody has begun to write for colleagues. Raises NotFound or NotAllowed."""
    async with house.db.write() as tx:
        await found(tx, member, conversation_id)
        kept = body.replace("\x00", "")[:LONGEST]
        await drafts.keep(tx, Box.NOTE, conversation_id, member.id, kept, house.now())
