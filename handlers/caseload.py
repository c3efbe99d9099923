"""Caseload: can somebody have one more, and whose is a contact that comes back?"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from domain.caseload import Waiting, full, why_not
from domain.pace import Pace
from domain.priority import Tier
from handlers.errors import CaseloadFull, OfferedFirst
from storage import conflicts, given_roles, lines, members, queue, worked
from storage.conversations import Conversation
from storage.database import Tx

A_MOMENT = timedelta()


async def must_not_be_full(
    tx: Tx, member_id: UUID, talk: Conversation, now: datetime, pace: Pace, *, handed: bool = False
) -> None:
    """They can have this one too. Their row is locked by now (`members.at_work`), so that of two
    that are taken at once the second is counted with the first.

    `handed`: a colleague gives it to them. Raises CaseloadFull.
    """
    most = await lines.most_each(tx, talk.line_id)
    held = await queue.held(tx)
    there = (await at_work(tx, now)).keys() - {member_id, talk.owner_id}
    mine = [tier for one, tier in held.get(member_id, ()) if one != talk.id]
    others = any(full(_tiers(held, other), most) is None for other in there)
    wanted = Waiting(talk.tier, talk.waiting_since or now, now, pace)
    why = why_not(mine, most, wanted, somebody_else=others)
    if why is not None:
        entry = await members.by_id(tx, member_id) if handed else None
        raise CaseloadFull(why, len(mine), most, entry.name if entry else None)


async def at_work(tx: Tx, now: datetime) -> dict[UUID, datetime]:
    """Who is at work and reads, by the role that counts, and since when."""
    there = await worked.there(tx, now)
    reads = {e.id for e in await given_roles.staff(tx) if e.member.reads} if there else set()
    return {who: since for who, since in there.items() if who in reads}


async def must_not_be_anothers(tx: Tx, member_id: UUID, talk: Conversation, now: datetime) -> None:
    """For two minutes a contact who comes back is for the counsellor who had them, if that one is
    at work and has room. A P1 is everybody's at once. Raises OfferedFirst."""
    if talk.earlier_owner_id == member_id or not await stands_offered(tx, talk, now):
        return
    entry = await members.by_id(tx, talk.earlier_owner_id) if talk.earlier_owner_id else None
    raise OfferedFirst(entry.name if entry else "", talk.offered_until or now)


async def stands_offered(tx: Tx, talk: Conversation, now: datetime) -> bool:
    """Whether it is for the counsellor who had it before, and for nobody else yet."""
    if not may_be_offered(talk, now):
        return False
    there = await at_work(tx, now)
    most = {talk.line_id: await lines.most_each(tx, talk.line_id)}
    if not is_offered(talk, there, await queue.held(tx), most, now):
        return False
    return talk.earlier_owner_id not in await conflicts.away_from(tx, talk.contact_id)


def may_be_offered(talk: Conversation, now: datetime) -> bool:
    """Whether the two minutes run, whoever is at work."""
    until, earlier = talk.offered_until, talk.earlier_owner_id
    running = until is not None and until - now > A_MOMENT
    return running and earlier is not None and talk.tier is not Tier.P1


def is_offered(
    talk: Conversation,
    there: Iterable[UUID],
    held: Mapping[UUID, Iterable[tuple[UUID, Tier]]],
    most: Mapping[UUID, int],
    now: datetime,
) -> bool:
    """Whether it is for the counsellor who had it before, and for nobody else yet."""
    earlier = talk.earlier_owner_id
    if earlier is None or not may_be_offered(talk, now) or earlier not in there:
        return False
    return full(_tiers(held, earlier), most.get(talk.line_id, 0)) is None


def _tiers(held: Mapping[UUID, Iterable[tuple[UUID, Tier]]], member_id: UUID) -> list[Tier]:
    return [tier for _, tier in held.get(member_id, ())]
