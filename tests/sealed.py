"""A line with a team: the machine has no reader, and the counsellor reads with their key."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import select

from domain.member import Member
from domain.need import Reason
from handlers.errors import NeedsReason
from handlers.give_reason import give_reason
from handlers.house import House
from handlers.reply import reply
from handlers.see_conversation import see_conversation
from handlers.seen import Conversation
from handlers.take import take
from storage import tables
from tests.team import Colleague, first, hired, let_in
from tests.world import World

SEALED = (
    *(("messages", "body_sealed"), ("revisions", "body_sealed"), ("notes", "body_sealed")),
    *(("drafts", "body_sealed"), ("pictures", "content_sealed"), ("triages", "state_sealed")),
    *(("register_words", "body_sealed"), ("stranger_words", "body_sealed")),
)
"""Where texts lie."""


@dataclass
class Sealed(World):
    """`house` is the line's own; `desk` is what the counsellor's requests are handed."""

    alva: Colleague
    desk: House

    @classmethod
    async def of(cls, world: World) -> "Sealed":
        """The counsellor makes the team."""
        alva = await first(world.house, world.counsellor)
        return cls(world.house, world.clock, world.counsellor, alva, await alva.reads())

    async def see(self, conversation: UUID | None = None) -> Conversation:
        found = conversation or await self.only()
        try:
            return await see_conversation(self.desk, self.counsellor, found, opening=False)
        except NeedsReason:
            await give_reason(self.desk, self.counsellor, found, Reason.REVIEW)
        return await see_conversation(self.desk, self.counsellor, found, opening=False)

    async def taken(self) -> UUID:
        conversation = await self.only()
        await take(self.desk, self.counsellor, conversation)
        return conversation

    async def reply(self, conversation: UUID, body: str, *, asked: bool = False) -> None:
        await reply(self.desk, self.counsellor, conversation, body, form_key=uuid4(), asked=asked)

    async def stranger(self, name: str = "Bodil") -> tuple[House, Member]:
        """Somebody who works here and was not admitted."""
        colleague = await hired(self.house, name)
        return await colleague.reads(), colleague.member

    async def colleague(self, name: str = "Cecilia") -> tuple[House, Member]:
        """Somebody who was admitted."""
        colleague = await hired(self.house, name)
        await let_in(self.alva, colleague)
        return await colleague.reads(), colleague.member

    async def versions(self, table: str, column: str = "body_sealed") -> list[int]:
        """Under what each row lies: 1 the server's key alone, 2 the contact's too; 0 where there
        is nothing."""
        async with self.house.db.read() as tx:
            found = await tx.conn.execute(select(tables.metadata.tables[table].c[column]))
            return [sealed[0] if sealed else 0 for sealed in found.scalars()]
