"""Somebody must stay away from a contact: they know them, or are kin to somebody they speak of.

Said by themselves or by a coordinator, without a reason: that it is so is enough. From then on the
conversation is closed to them everywhere. A coordinator whom it does not concern lifts it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.contact_rules import Refusal
from domain.conversation import State
from domain.member import Member
from handlers.as_admitted import must_be_as_admitted
from handlers.colleagues import colleagues
from handlers.desk import must, still_here
from handlers.errors import BadInput, MustStayAway, NotFound
from handlers.house import House
from handlers.may_open import grounds
from handlers.naming import name
from handlers.pass_on import pass_on
from handlers.seen import Colleague
from handlers.who_is_left import who_is_left
from storage import (
    audit,
    conflicts,
    conversations,
    deletions,
    events,
    given_roles,
    helps,
    queue,
    unsent,
)
from storage.conversations import Conversation
from storage.database import Tx
from storage.events import Event

AWAY, BACK = "kept_away", "let_back"


@dataclass(frozen=True)
class Kept:
    """Somebody who must stay away."""

    id: UUID
    name: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Away:
    """The page of one conversation that says who must stay away; nothing that was written."""

    id: UUID
    alias: str
    state: State
    me: Kept | None
    """The reader themselves: then nothing else is shown."""
    others: tuple[Kept, ...]
    """For coordinators, and for whoever may open it now."""
    colleagues: tuple[Colleague, ...]
    """Whom a coordinator may keep away; for others nobody."""
    left: tuple[str, ...]
    """Who is on call for it now and may read it."""


async def see_away(house: House, member: Member, conversation_id: UUID) -> Away:
    """Raises NotFound or NotAllowed."""
    must(member, Act.READ)
    await name(house, [conversation_id])
    async with house.db.read() as tx:
        standing = await queue.of_conversation(tx, conversation_id)
        if standing is None:
            raise NotFound
        staff = {entry.id: entry for entry in await given_roles.staff(tx)}
        known = await conflicts.of_contact(tx, standing.contact.id)
        left = await who_is_left(house, tx, standing.conversation, house.now())
        told = member.may(Act.KEEP_AWAY) or await grounds(tx, member, [standing], house.now())
    kept = {
        one.member_id: Kept(one.member_id, staff[one.member_id].name, staff[one.by_id].name, one.at)
        for one in known
    }
    me = kept.get(member.id)
    may = colleagues(member, staff) if member.may(Act.KEEP_AWAY) and me is None else ()
    return Away(
        conversation_id,
        str(standing.alias or "?") if me is None else "",
        standing.conversation.state,
        me,
        tuple(kept.values()) if me is None and told else (),
        tuple(one for one in may if one.id not in kept),
        tuple(staff[one].name for one in left),
    )


async def keep_away(house: House, member: Member, conversation_id: UUID, whom: UUID) -> None:
    """From now on it is closed to them everywhere. What they had of it waits in the queue, and if
    they were woken because of it others are. What they wrote there and has not left is held back,
    for whoever has it next. Twice is once.

    Raises BadInput (whom: unknown), MustStayAway (a coordinator who must themselves), NotFound,
    OnlyCoordinators or NotAllowed.
    """
    must(member, Act.READ if whom == member.id else Act.KEEP_AWAY)
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member)
        talks = await _talks(tx, member, conversation_id, asks=whom == member.id)
        entry = await given_roles.counted(tx, whom)
        if entry is None or not entry.member.reads or not entry.joined_at or entry.revoked_at:
            raise BadInput("whom", "unknown")
        contacts = {talk.contact_id for talk in talks}
        if not await conflicts.begin(tx, contacts, whom, member.id, now):
            return
        theirs = [talk.id for talk in talks]
        await unsent.planned_is_due(tx, theirs, whom, now)
        await unsent.hold_back(tx, theirs, whom, Refusal.STAYS_AWAY, now)
        for talk in talks:
            await _leave(house, tx, talk, whom, now)
            await events.add(tx, [Event(talk.id, AWAY, now, member.id, str(whom))])
        audit.note(tx, "kept_away", now, member.id, conversation_id, whom)
    house.wake.pages()


async def let_back(house: House, member: Member, conversation_id: UUID, whom: UUID) -> None:
    """It is open to them as to others. Twice is once.

    Raises MustStayAway (whom it concerns themselves), NotAdmitted, NotFound, OnlyCoordinators or
    NotAllowed.
    """
    must(member, Act.KEEP_AWAY)
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member)
        await must_be_as_admitted(tx)
        talks = await _talks(tx, member, conversation_id, asks=False)
        if not await conflicts.lift(tx, {t.contact_id for t in talks}, whom, member.id, now):
            return
        await events.add(tx, [Event(t.id, BACK, now, member.id, str(whom)) for t in talks])
        audit.note(tx, "let_back", now, member.id, conversation_id, whom)


async def _talks(
    tx: Tx, member: Member, conversation_id: UUID, *, asks: bool
) -> list[Conversation]:
    """All of whoever has this contact's address; their contacts are locked until the commit.
    `asks`: for themselves, to stay away."""
    talk = await conversations.by_id(tx, conversation_id)
    if talk is None:
        raise NotFound
    people = await deletions.everyone_at(tx, talk.contact_id, wait=True)
    away = await conflicts.away_from(tx, talk.contact_id)
    if member.id in away and not asks:
        raise MustStayAway(conversation_id)
    return list((await conversations.of_contacts(tx, people)).values())


async def _leave(house: House, tx: Tx, talk: Conversation, whom: UUID, now: datetime) -> None:
    """Whoever was woken or had it is nobody who comes any more: others are woken anew."""
    await helps.leave_one(tx, talk.id, whom)
    if talk.state is State.OWNED and talk.owner_id == whom:
        said = Event(talk.id, "released", now, whom)
        await pass_on(tx, talk, None, said, house.pace)
    elif talk.state is State.WAITING or talk.page_due_at is not None:
        await conversations.ring_anew(tx, talk, now, house.pace)
