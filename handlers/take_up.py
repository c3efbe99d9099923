"""A follow-up is seen to: a counsellor takes the closed conversation up again, or notes it done."""

from uuid import UUID

from domain.access import Act
from domain.conversation import TRANSITIONS, State, Step
from domain.member import Member
from handlers.caseload import must_not_be_full
from handlers.desk import found, must, still_here, taken
from handlers.errors import NotFound
from handlers.house import House
from storage import conversations, events, helps, plans, worked
from storage.events import Event


async def take_up(house: House, member: Member, conversation_id: UUID) -> None:
    """It is theirs, as after Take. Raises AlreadyTaken, CaseloadFull, NotFound (nobody asked for
    it) or NotAllowed."""
    must(member, Act.READ)
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member, alone=True)
        conversation = await found(tx, member, conversation_id)
        if conversation.owner_id == member.id:
            return
        if conversation.state is not State.CLOSED:
            raise await taken(tx, conversation_id)
        if not await plans.done(tx, conversation_id, now):
            raise NotFound
        await must_not_be_full(tx, member.id, conversation, now, house.pace)
        if not await conversations.pass_on(
            tx,
            conversation_id,
            expect=(State.CLOSED, None),
            then=(TRANSITIONS[State.CLOSED, Step.TAKE_UP], member.id),
            closed_at=None,
            outcome=None,
            close_asked_at=None,
            offered_until=None,
            page_due_at=None,
        ):
            raise await taken(tx, conversation_id)
        await worked.begin(tx, member.id, now)
        await helps.forget(tx, conversation_id, member.id)
        await events.add(tx, [Event(conversation_id, "taken_up", now, member.id)])


async def note_follow_up(house: House, member: Member, conversation_id: UUID) -> None:
    """It is no task any more. Raises NotFound or NotAllowed."""
    now = house.now()
    async with house.db.write() as tx:
        await found(tx, member, conversation_id)
        if await plans.done(tx, conversation_id, now):
            await events.add(tx, [Event(conversation_id, "follow_up_done", now, member.id)])
