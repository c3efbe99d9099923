"""A counsellor takes a waiting conversation: of all who try, exactly one wins."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.contact_rules import EXCEPTIONS, Refusal
from domain.conversation import TRANSITIONS, State, Step
from domain.member import Member
from handlers.caseload import must_not_be_anothers, must_not_be_full
from handlers.desk import found, must, still_here, taken
from handlers.house import House
from handlers.opened import NOTHING_READ
from storage import conversations, events, helps, messages, outbox, triages, worked
from storage.conversations import INNER, Conversation
from storage.database import Tx
from storage.events import Event


async def take(house: House, member: Member, conversation_id: UUID) -> None:
    """From now on the machine is silent, and whoever takes it is at work.

    Raises AlreadyTaken, CaseloadFull, OfferedFirst, NotFound or NotAllowed.
    """
    must(member, Act.READ)
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member, alone=True)
        conversation = await found(tx, member, conversation_id)
        if conversation.owner_id == member.id:
            return
        if conversation.state is State.WAITING:
            await must_not_be_anothers(tx, member.id, conversation, now)
            await must_not_be_full(tx, member.id, conversation, now, house.pace)
        then = TRANSITIONS[State.WAITING, Step.TAKE]
        if not await conversations.pass_on(
            tx,
            conversation_id,
            expect=(State.WAITING, None),
            then=(then, member.id),
            offered_until=None,
            marks=[mark for mark in conversation.marks if mark not in NOTHING_READ | INNER],
            page_due_at=None,
        ):
            raise await taken(tx, conversation_id)
        await worked.begin(tx, member.id, now)
        await helps.forget(tx, conversation_id, member.id)
        await _silence(tx, conversation, now)
        await events.add(
            tx, [Event(conversation_id, "taken", now, member.id, conversation.tier.name)]
        )


async def _silence(tx: Tx, conversation: Conversation, now: datetime) -> None:
    """The machine asks nothing more, and what it has not sent yet does not leave later either."""
    runs = await triages.running(tx, [conversation.id])
    await triages.end(
        tx,
        [
            replace(
                run, ended_at=now, answer_due_at=None, answer_latest_at=None, silence_due_at=None
            )
            for run in runs.values()
        ],
    )
    await messages.leave_to_people(tx, conversation.id)
    await outbox.withdraw_all(
        tx, [conversation.contact_id], Refusal.OWNED, now, but=EXCEPTIONS, by_hand=False
    )
