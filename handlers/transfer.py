"""A counsellor hands a conversation to a colleague."""

from uuid import UUID

from domain.member import Member
from handlers.desk import owned
from handlers.errors import BadInput
from handlers.house import House
from handlers.pass_on import handing, pass_on
from handlers.receiver import must_receive
from storage import members


async def transfer(house: House, member: Member, conversation_id: UUID, to: UUID) -> None:
    """It is theirs at once, and they are at work.

    Raises BadInput (to: unknown), NotThere, CaseloadFull, NotYours, NotFound or NotAllowed.
    """
    now = house.now()
    async with house.db.write() as tx:
        colleague = await members.at_work(tx, to, alone=True)
        talk = await owned(tx, member, conversation_id)
        if to == member.id:
            raise BadInput("to", "unknown")
        await must_receive(tx, to, colleague, talk, now, house.pace)
        await pass_on(tx, talk, to, handing(talk, to, member.id, now), house.pace)
    house.wake.pages()
