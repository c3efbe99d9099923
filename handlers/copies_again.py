"""Somebody has the copies asked about again that providers did not give up."""

from domain.member import Member
from handlers.desk import must_read
from handlers.house import House
from storage import provider_copies


async def copies_again(house: House, member: Member) -> None:
    """All of them, from now on as if they were new. Raises NotAllowed."""
    must_read(member)
    async with house.db.write() as tx:
        await provider_copies.try_again(tx, house.now())
