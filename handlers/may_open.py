"""May somebody read this conversation now, and on what ground?

Asked by whatever shows what was written, or changes something in it: the page, its fragments, the
handover, a search, who is seen at it, and every deed that is not their own conversation's. What
their role lets them is asked before (`domain.access`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.member import Member
from domain.need import LASTS, Ground, is_open_to
from handlers.desk import found as found_at_all
from handlers.errors import MustStayAway, NeedsReason, NotFound
from handlers.house import House
from storage import conflicts, pages, queue, reading_reasons
from storage.conversations import Conversation
from storage.database import Tx
from storage.queue import Standing


async def must_open(tx: Tx, member: Member, standing: Standing, now: datetime) -> str:
    """The ground, for the log; empty where none is asked for.

    Raises MustStayAway or NeedsReason.
    """
    if member.id in await conflicts.away_from(tx, standing.contact.id):
        raise MustStayAway(standing.conversation.id)
    known = await grounds(tx, member, [standing], now)
    if standing.conversation.id not in known:
        raise NeedsReason(standing.conversation.id)
    return known[standing.conversation.id]


async def found(tx: Tx, member: Member, conversation_id: UUID, now: datetime) -> Conversation:
    """The conversation, locked until the commit, for a deed in it that opening it asks for, too.

    Raises NotAllowed, MustStayAway, NeedsReason or NotFound.
    """
    talk = await found_at_all(tx, member, conversation_id)
    await must_say_why(tx, member, talk, now)
    return talk


async def must_say_why(tx: Tx, member: Member, talk: Conversation, now: datetime) -> None:
    """The same, where it has been found. Raises MustStayAway or NeedsReason."""
    if not is_open_to(talk.state, talk.owner_id, member.id):
        await must_be_open(tx, member, talk.id, now)


async def must_be_open(tx: Tx, member: Member, conversation_id: UUID, now: datetime) -> None:
    """Raises NotFound, MustStayAway or NeedsReason."""
    standing = await queue.of_conversation(tx, conversation_id)
    if standing is None:
        raise NotFound
    await must_open(tx, member, standing, now)


async def grounds(
    tx: Tx, member: Member, some: Iterable[Standing], now: datetime
) -> Mapping[UUID, str]:
    """Of these, those that they may read now, and on what ground."""
    known: dict[UUID, str] = {}
    left: list[Standing] = []
    kept = await conflicts.kept_from(tx, member.id)
    for standing in some:
        talk = standing.conversation
        if talk.id in kept:
            continue
        if is_open_to(talk.state, talk.owner_id, member.id):
            known[talk.id] = ""
        elif _is_helped(standing, member):
            known[talk.id] = Ground.HELP
        else:
            left.append(standing)
    if left:
        ids = [standing.conversation.id for standing in left]
        woken = [s.conversation.id for s in left if s.conversation.calls_for_somebody]
        if woken:
            paged = await pages.paged_since(tx, woken, member.id, now - LASTS)
            known |= dict.fromkeys(paged, Ground.PAGED)
        known |= await reading_reasons.given(tx, ids, member.id, now)
    return known


def _is_helped(standing: Standing, member: Member) -> bool:
    """Its counsellor asked for help: whoever came, and until then whoever may come."""
    if standing.help_asked_at is None:
        return False
    if standing.helper_id is not None:
        return standing.helper_id == member.id
    return member.may(Act.STEP_IN)


async def all_open(tx: Tx, member: Member, now: datetime) -> Mapping[UUID, str]:
    """All that they may read now, and on what ground."""
    here = await queue.still_open(tx)
    beside = await reading_reasons.all_given(tx, member.id, now)
    closed = beside - {standing.conversation.id for standing in here}
    some = [*here, *(await queue.of_conversations(tx, closed) if closed else [])]
    return await grounds(tx, member, some, now)


async def may_be_there(house: House, member: Member, conversation_id: UUID) -> bool:
    """Whether colleagues are told that they read it."""
    if not member.reads:
        return False
    async with house.db.read() as tx:
        standing = await queue.of_conversation(tx, conversation_id)
        if standing is None:
            return False
        return conversation_id in await grounds(tx, member, [standing], house.now())


async def had_it(tx: Tx, conversation_id: UUID, member_id: UUID | None, now: datetime) -> None:
    """It was theirs until now: what they read and wrote there is still before them for a while."""
    if member_id is not None:
        ends_at = now + LASTS
        await reading_reasons.give(tx, conversation_id, member_id, Ground.HAD_IT, now, ends_at)
