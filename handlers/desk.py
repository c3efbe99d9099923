"""What every use case of the desk asks first: may they, and is it theirs?"""

from uuid import UUID, uuid5

from domain.access import Act
from domain.conversation import State
from domain.member import Member
from handlers.errors import (
    AlreadyTaken,
    MustStayAway,
    NotAllowed,
    NotFound,
    NotYours,
    OnlyCoordinators,
)
from handlers.seen_help import is_with
from storage import conflicts, conversations, helps, members, queue
from storage.conversations import Conversation
from storage.database import Tx
from storage.queue import Standing


def must(member: Member, act: Act) -> None:
    """Their role lets them. Raises NotAllowed, or OnlyCoordinators where a colleague may."""
    if member.may(act):
        return
    raise OnlyCoordinators(act) if member.reads else NotAllowed(act)


async def found(tx: Tx, member: Member, conversation_id: UUID) -> Conversation:
    """The conversation, locked until the commit. Raises NotAllowed, MustStayAway or NotFound."""
    must(member, Act.READ)
    await queue.hold(tx, [conversation_id])
    conversation = await conversations.locked(tx, conversation_id)
    if conversation is None:
        raise NotFound
    await must_not_stay_away(tx, member, conversation_id, conversation.contact_id)
    return conversation


async def standing_for(tx: Tx, member: Member, conversation_id: UUID) -> Standing:
    """As the queue knows it, to look at and not locked. Raises MustStayAway or NotFound."""
    standing = await queue.of_conversation(tx, conversation_id)
    if standing is None:
        raise NotFound
    await must_not_stay_away(tx, member, conversation_id, standing.contact.id)
    return standing


async def must_not_stay_away(
    tx: Tx, member: Member, conversation_id: UUID, contact_id: UUID
) -> None:
    """Nobody keeps them away from this contact. Raises MustStayAway."""
    if member.id in await conflicts.away_from(tx, contact_id):
        raise MustStayAway(conversation_id)


async def owned(tx: Tx, member: Member, conversation_id: UUID) -> Conversation:
    """The conversation, which must be theirs. Raises NotAllowed, NotFound or NotYours."""
    conversation = await found(tx, member, conversation_id)
    if conversation.state is not State.OWNED or conversation.owner_id != member.id:
        raise NotYours
    return conversation


async def theirs(tx: Tx, member: Member, conversation_id: UUID) -> Conversation:
    """The conversation, which must be theirs, or whoever has it must be joined by them. Raises
    NotAllowed, NotFound or NotYours."""
    conversation = await found(tx, member, conversation_id)
    owner = conversation.owner_id if conversation.state is State.OWNED else None
    if not is_with(member, owner, await helps.of_conversation(tx, conversation_id)):
        raise NotYours
    return conversation


async def still_here(tx: Tx, member: Member, *, alone: bool = False) -> None:
    """They work here and go on doing so until the commit, so that nothing is theirs for ever.

    Asked before any conversation is locked. `alone`: what they have is counted, and becomes no
    other meanwhile. Raises NotAllowed.
    """
    if await members.at_work(tx, member.id, alone=alone) is None:
        raise NotAllowed


def once(form_key: UUID, *what: object) -> UUID:
    """The key under which this form does this: pressed twice it is the same.

    A form that was sent, brought back by the browser and changed is another: nobody's words are
    taken for sent when they were not.
    """
    return uuid5(form_key, "\n".join(str(part) for part in what))


async def taken(tx: Tx, conversation_id: UUID) -> AlreadyTaken:
    """The error that names who was faster."""
    conversation = await conversations.by_id(tx, conversation_id)
    owner = conversation.owner_id if conversation else None
    entry = await members.by_id(tx, owner) if owner else None
    return AlreadyTaken(entry.name if entry else None)
