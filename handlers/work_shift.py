"""Somebody starts and ends their shift by hand. The rota says what was planned, this what is so."""

from domain.access import Act
from domain.member import Member
from handlers.desk import must, still_here
from handlers.errors import StillYours
from handlers.house import House
from storage import helps, queue, worked


async def start_shift(house: House, member: Member) -> None:
    """Started twice it is started once. Raises NotAllowed."""
    must(member, Act.WORK_SHIFT)
    async with house.db.write() as tx:
        await still_here(tx, member, alone=True)
        await worked.begin(tx, member.id, house.now())


async def end_shift(house: House, member: Member) -> None:
    """Not while they have a conversation: nobody is left with somebody who has gone home. What they
    take at the same moment either is counted here or begins a shift anew.

    Raises StillYours or NotAllowed.
    """
    must(member, Act.WORK_SHIFT)
    async with house.db.write() as tx:
        await still_here(tx, member, alone=True)
        mine = (await queue.held(tx)).get(member.id, [])
        if mine:
            raise StillYours(len(mine))
        await worked.end(tx, member.id, house.now())
        await helps.leave(tx, member.id)
