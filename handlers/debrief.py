"""Whoever has closed a P1 says whether they have talked it through with somebody."""

from uuid import UUID

from domain.access import Act
from domain.member import Member
from handlers.desk import must, still_here
from handlers.house import House
from storage import debriefs


async def answer_debrief(house: House, member: Member, debrief_id: UUID, *, done: bool) -> None:
    """The first answer counts; of a colleague's nothing changes. Raises NotAllowed."""
    must(member, Act.WORK_SHIFT)
    async with house.db.write() as tx:
        await still_here(tx, member)
        await debriefs.answer(tx, debrief_id, member.id, house.now(), done=done)
