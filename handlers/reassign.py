"""A coordinator takes a conversation from its counsellor: to a colleague, or back to the queue."""

from uuid import UUID

from domain.access import Act
from domain.conversation import State
from domain.member import Member
from handlers.desk import found, must, still_here
from handlers.errors import BadInput, Moved
from handlers.house import House
from handlers.pass_on import handing, pass_on
from handlers.receiver import must_receive
from storage import audit, members
from storage.conversations import Conversation
from storage.database import Tx
from storage.members import Entry


async def reassign(
    house: House,
    member: Member,
    conversation_id: UUID,
    owner_id: UUID,
    to: UUID | None,
    *,
    at_work: bool = False,
) -> None:
    """From `owner_id`, who has it on the page that was looked at, to a colleague; None: the queue,
    where the paging begins anew. Nothing is sent. Sent twice it is done once. Whoever wants it
    themselves takes it over, which is said to its counsellor.

    `at_work`: so the page said of the colleague. Raises Moved, BadInput (to: unknown), NotThere,
    CaseloadFull, NotFound, OnlyCoordinators or NotAllowed.
    """
    must(member, Act.REASSIGN)
    now = house.now()
    async with house.db.write() as tx:
        colleague = await _held(tx, member, to)
        if to in {owner_id, member.id}:
            raise BadInput("to", "unknown")
        talk = await found(tx, member, conversation_id)
        if talk.owner_id == to and talk.earlier_owner_id == owner_id and _is_open(talk):
            return
        if talk.state is not State.OWNED or talk.owner_id != owner_id:
            raise await _moved(tx, talk)
        if to is not None:
            await must_receive(tx, to, colleague, talk, now, house.pace, at_work=at_work)
        await pass_on(tx, talk, to, handing(talk, to, member.id, now), house.pace)
        said = "to_colleague" if to else "to_queue"
        audit.note(tx, "reassigned", now, member.id, conversation_id, said)
    house.wake.pages()


async def _held(tx: Tx, member: Member, to: UUID | None) -> Entry | None:
    """Both stay until the commit, and what the colleague has is counted: asked in one order, so
    that two coordinators who reassign to each other wait for each other once."""
    if to is None or member.id < to:
        await still_here(tx, member)
    colleague = await members.at_work(tx, to, alone=True) if to else None
    if to is not None and member.id > to:
        await still_here(tx, member)
    return colleague


def _is_open(talk: Conversation) -> bool:
    return talk.state is not State.CLOSED


async def _moved(tx: Tx, talk: Conversation) -> Moved:
    entry = await members.by_id(tx, talk.owner_id) if talk.owner_id else None
    return Moved(entry.name if entry else None)
