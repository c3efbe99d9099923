"""A counsellor closes a conversation with an outcome. Nothing is sent by it.

Nobody is closed away unread: what came after the page was made is shown first.
"""

from uuid import UUID

from domain.conversation import TRANSITIONS, Outcome, State, Step
from domain.member import Member
from domain.priority import Tier
from handlers.desk import owned
from handlers.errors import JustWritten, NotYours
from handlers.house import House
from handlers.may_open import had_it
from storage import conversations, debriefs, drafts, events, messages
from storage.events import Event


async def close(
    house: House,
    member: Member,
    conversation_id: UUID,
    outcome: Outcome,
    *,
    seen: UUID | None = None,
) -> None:
    """Whatever the contact writes next opens it again. After a P1 its counsellor is asked whether
    they debriefed.

    `seen`: the last message or edit that the page showed; None: all of them. Raises JustWritten,
    NotYours, NotFound or NotAllowed.
    """
    now = house.now()
    async with house.db.write() as tx:
        talk = await owned(tx, member, conversation_id)
        if seen and await messages.unseen_since(tx, conversation_id, seen):
            raise JustWritten
        await messages.mark_read(tx, conversation_id, now)
        if not await conversations.pass_on(
            tx,
            conversation_id,
            expect=(State.OWNED, member.id),
            then=(TRANSITIONS[State.OWNED, Step.CLOSE], None),
            earlier_owner_id=member.id,
            closed_at=now,
            outcome=outcome,
            waiting_since=None,
            page_due_at=None,
            handed_over_at=None,
        ):
            raise NotYours
        await drafts.forget_answers(tx, conversation_id)
        await had_it(tx, conversation_id, member.id, now)
        if talk.tier is Tier.P1:
            await debriefs.ask(tx, member.id, now)
        await events.add(tx, [Event(conversation_id, "closed", now, member.id, outcome)])
