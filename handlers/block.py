"""A sender is blocked for a while, and the block lifted again.

Whoever is blocked is never told so. What they write is kept; a word of danger ends the block.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import Act
from domain.block import Lasts, Reason, offered
from domain.contact_rules import ABUSE
from domain.conversation import Outcome, State
from domain.member import Member
from domain.priority import Tier
from handlers.case import Case
from handlers.cases import known_cases
from handlers.desk import found, must, still_here
from handlers.errors import BadInput, NotFound, NotYours, OnlyCoordinators
from handlers.house import House
from handlers.may_open import had_it, must_be_open, must_say_why
from handlers.write_case import write
from storage import (
    audit,
    blocks,
    conflicts,
    contacts,
    conversations,
    drafts,
    events,
    lines,
    members,
    messages,
)
from storage.conversations import Conversation
from storage.database import Tx
from storage.events import Event

SHOWN_FOR = timedelta(days=30)
"""After their end."""


async def block(
    house: House,
    member: Member,
    conversation_id: UUID,
    reason: Reason,
    lasts: Lasts,
    *,
    say: bool,
) -> None:
    """Their conversation is closed and stays so for as long. `say`: the text that threats are not
    answered leaves first, where it never has.

    Raises BadInput (lasts: unknown), OnlyCoordinators (a P1), NotYours, NeedsReason, NotFound or
    NotAllowed.
    """
    must(member, Act.BLOCK)
    if lasts not in offered(long=member.may(Act.BLOCK_ANY)):
        raise BadInput("lasts", "unknown")
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member)
        talk = await found(tx, member, conversation_id)
        _must_be_theirs(talk, member)
        await must_say_why(tx, member, talk, now)
        people = await contacts.by_ids(tx, [talk.contact_id])
        case = (await known_cases(house, tx, people, now))[talk.id]
        _close(case)
        if say and not await messages.with_text(tx, [talk.id], ABUSE):
            await _say(house, tx, case)
        case.stand(blocked_until=now + lasts.length)
        await _closed(tx, talk, now)
        case.events += [
            *_ended(talk, member, now),
            Event(talk.id, "sender_blocked", now, member.id, reason),
        ]
        await blocks.add(tx, talk.id, member.id, reason, now, now + lasts.length)
        audit.note(tx, "blocked", now, member.id, talk.id, reason)
        await write(tx, [case], now)
    if case.rows:
        house.wake.outbox()


def _must_be_theirs(talk: Conversation, member: Member) -> None:
    if member.may(Act.BLOCK_ANY):
        return
    if talk.state is State.OWNED and talk.owner_id != member.id:
        raise NotYours
    if talk.tier is Tier.P1 and talk.state is not State.CLOSED:
        raise OnlyCoordinators(Act.BLOCK_ANY)


def _close(case: Case) -> None:
    if case.asking:
        case.leave_to_people()
    case.waits_anew()
    case.stand(
        state=State.CLOSED,
        owner_id=None,
        waiting_since=None,
        page_due_at=None,
        offered_until=None,
        handed_over_at=None,
    )


async def _say(house: House, tx: Tx, case: Case) -> None:
    here = {line.id: line for line in await lines.every(tx)}
    script = house.scripts.current(here[case.conversation.line_id].script).script
    case.say(ABUSE, case.voice(script).says(ABUSE))


async def _closed(tx: Tx, talk: Conversation, now: datetime) -> None:
    await messages.mark_read(tx, talk.id, now)
    if talk.state is State.CLOSED:
        return
    await conversations.pass_on(
        tx,
        talk.id,
        expect=(talk.state, talk.owner_id),
        then=(State.CLOSED, None),
        earlier_owner_id=talk.owner_id or talk.earlier_owner_id,
        closed_at=now,
        outcome=Outcome.PRANK,
    )
    await drafts.forget_answers(tx, talk.id)
    await had_it(tx, talk.id, talk.owner_id, now)


def _ended(talk: Conversation, member: Member, now: datetime) -> list[Event]:
    if talk.state is State.CLOSED:
        return []
    return [Event(talk.id, "closed", now, member.id, Outcome.PRANK)]


async def lift(house: House, member: Member, block_id: UUID) -> None:
    """The next text is answered again; nothing is sent by it. Coordinators lift any, counsellors
    their own. Raises NotFound, NotYours or NotAllowed."""
    must(member, Act.BLOCK)
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member)
        known = await blocks.by_id(tx, block_id)
        if known is None:
            raise NotFound
        if not member.may(Act.BLOCK_ANY) and known.member_id != member.id:
            raise NotYours
        talk = await found(tx, member, known.conversation_id)
        if not await blocks.lift(tx, block_id, member.id, now):
            return
        if talk.blocked_until == known.ends_at:
            await blocks.until(tx, talk.id, None)
        await events.add(tx, [Event(talk.id, "block_lifted", now, member.id)])
        audit.note(tx, "block_lifted", now, member.id, talk.id)


@dataclass(frozen=True)
class Seen:
    """A block as the page lists it."""

    id: UUID
    conversation_id: UUID
    alias: str
    line: str
    by: str
    reason: Reason
    began_at: datetime
    ends_at: datetime
    holds: bool
    broken: bool
    lifted_by: str | None
    kept: int
    """Texts that came meanwhile and that nobody has read."""
    may_lift: bool


async def see_blocks(house: House, member: Member) -> tuple[Seen, ...]:
    """Those that hold, and those that ended within a month. Raises NotAllowed."""
    must(member, Act.BLOCK)
    now = house.now()
    async with house.db.read() as tx:
        kept_from = await conflicts.kept_from(tx, member.id)
        known = await blocks.since(tx, now - SHOWN_FOR)
        known = [one for one in known if one.conversation_id not in kept_from]
        names, cards = await members.names(tx), {x.id: x.name for x in await lines.every(tx)}
        oldest: dict[UUID, datetime] = {}
        for one in known:
            oldest[one.conversation_id] = one.began_at
        kept = await blocks.kept(tx, oldest)
    return tuple(
        Seen(
            id=one.id,
            conversation_id=one.conversation_id,
            alias=str(one.alias or "?"),
            line=cards.get(one.line_id, ""),
            by=names.get(one.member_id, "?"),
            reason=one.reason,
            began_at=one.began_at,
            ends_at=one.ends_at,
            holds=one.holds(now),
            broken=one.broken(now),
            lifted_by=names.get(one.lifted_by) if one.lifted_by else None,
            kept=kept.get(one.conversation_id, 0),
            may_lift=one.holds(now) and (member.may(Act.BLOCK_ANY) or one.member_id == member.id),
        )
        for one in known
    )


async def blocks_that_hold(house: House) -> int:
    """How many."""
    now = house.now()
    async with house.db.read() as tx:
        return sum(one.holds(now) for one in await blocks.since(tx, now))


async def may_block(house: House, member: Member, conversation_id: UUID) -> bool:
    """Whether this conversation's sender was never sent the text about threats; asked by the page
    that offers it. Raises NeedsReason, NotFound or NotAllowed."""
    must(member, Act.BLOCK)
    async with house.db.read() as tx:
        await must_be_open(tx, member, conversation_id, house.now())
        return not await messages.with_text(tx, [conversation_id], ABUSE)
