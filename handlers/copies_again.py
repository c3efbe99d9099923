"""Somebody has the copies asked about again that providers did not give up."""

from domain.access import Act
from domain.member import Member
from handlers.desk import must
from handlers.house import House
from storage import provider_copies


async def copies_again(house: House, member: Member) -> None:
    """All of them, from now on as if they were new. Raises NotAllowed."""
    must(member, Act.READ)
    async with house.db.write() as tx:
        await provider_copies.try_again(tx, house.now())
