"""The queue: who waits, how urgently and why, what is mine, and what colleagues have."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.alias import Alias
from domain.before import before, of_now
from domain.conversation import State
from domain.delivery import Delivery
from domain.member import Member
from domain.pace import Pace
from domain.priority import Tier, Wait, danger_first, risen
from handlers import seen_asked, seen_duties
from handlers.caseload import at_work, is_offered, may_be_offered
from handlers.house import House
from handlers.naming import name
from handlers.on_call import see_on_call
from handlers.see_own_shift import see_own_shift
from handlers.see_ways import broken_ways
from handlers.seen import Beside, OnCall, Queue, Row, Task
from handlers.seen_asked import Theirs as Asked
from handlers.seen_flood import seen_floods
from handlers.seen_plans import follow_ups
from handlers.seen_shift import OwnShift
from handlers.seen_ways import BrokenWay
from handlers.standing import Picture
from handlers.unwakable import why_not
from storage import (
    aliases,
    backup_marks,
    conflicts,
    events,
    lines,
    members,
    pages,
    plans,
    provider_copies,
    queue,
    troubles,
)
from storage.conversations import INNER, UNANSWERED
from storage.database import Tx
from storage.duties import Listed
from storage.lines import Line
from storage.plans import Plan
from storage.queue import Standing
from storage.troubles import Trouble

MOST_TASKS = 50


async def see_queue(house: House, member: Member) -> Queue:
    """Waiting first by tier, then oldest; nothing in it says who a contact is."""
    now = house.now()
    found = await _find(house, member, now)
    if await name(house, found.nameless):
        await _learn_names(house, found.standing.every)
        found = await _find(house, member, now)
    return _shown(house, found, member, now)


async def _learn_names(house: House, there: Iterable[Standing]) -> None:
    nameless = {s.contact.id for s in there if s.alias is None}
    async with house.db.read() as tx:
        house.standings.name(await aliases.of_contacts(tx, nameless))


@dataclass(frozen=True)
class _Found:
    number: int
    """Of the last event when all but `standing` was read."""
    kept: tuple[Standing, ...]
    """From which the reader must stay away; `standing` is without them."""
    standing: Picture
    undone: list[Trouble]
    planned: list[tuple[Plan, Alias | None]]
    names: Mapping[UUID, str]
    served: list[Line]
    paged: list[UUID]
    broken: tuple[BrokenWay, ...]
    on_call: tuple[OnCall, ...]
    offered: frozenset[UUID]
    """Those that are for the counsellor who had them before."""
    shift: OwnShift
    copies: int
    held: bool
    owed: list[Listed]
    asked: list[Asked]

    @property
    def nameless(self) -> set[UUID]:
        return (
            {s.conversation.id for s in self.standing.every if s.alias is None}
            | {trouble.conversation_id for trouble in self.undone if trouble.alias is None}
            | {plan.conversation_id for plan, alias in self.planned if alias is None}
            | {one.duty.conversation_id for one in self.owed if one.alias is None}
        )


async def _find(house: House, member: Member, now: datetime) -> _Found:
    async with house.db.read() as tx:
        kept = await conflicts.kept_from(tx, member.id)
        whole = await house.standings.picture(tx, now)
        standing = whole.without(kept) if kept else whole
        served = await lines.every(tx)
        names = await members.names(tx)
        on_call = await see_on_call(house, tx, served, names, now)
        own_shift = await see_own_shift(house, tx, member, names, served, now)
        return _Found(
            number=await events.newest(tx),
            standing=standing,
            kept=tuple(s for s in whole.still_open if s.conversation.id in kept),
            undone=await _undone(tx, member, kept),
            planned=await _plans(tx, member, kept),
            names=names,
            served=served,
            paged=[talk for talk in await _paged(tx, member) if talk not in kept],
            broken=await broken_ways(house, tx, member, names),
            on_call=on_call,
            offered=await _offered(tx, standing, served, now),
            copies=await provider_copies.given_up(tx) if member.reads else 0,
            held=await backup_marks.is_silent(tx),
            owed=await seen_duties.theirs(tx, member, kept),
            asked=await seen_asked.theirs(tx, member, kept),
            shift=replace(
                own_shift.without(kept), unwakable=await why_not(house, tx, member, on_call)
            ),
        )


async def _undone(tx: Tx, member: Member, kept: Collection[UUID]) -> list[Trouble]:
    if not member.reads:
        return []
    found = await troubles.to_see_to(tx, member.id, MOST_TASKS)
    return [one for one in found if one.conversation_id not in kept]


async def _plans(tx: Tx, member: Member, kept: Collection[UUID]) -> list[tuple[Plan, Alias | None]]:
    if not member.reads:
        return []
    found = [one for one in await plans.tasks(tx, MOST_TASKS) if one[0].conversation_id not in kept]
    away = await conflicts.by_member(tx) if found else {}
    return [
        (replace(plan, member_id=None) if _stays_away(plan, away) else plan, alias)
        for plan, alias in found
    ]


def _stays_away(plan: Plan, away: Mapping[UUID, Collection[UUID]]) -> bool:
    """Whoever had it sees to it no more: it is anybody's."""
    whose = plan.member_id
    return whose is not None and plan.conversation_id in away.get(whose, ())


async def _offered(
    tx: Tx, standing: Picture, served: Iterable[Line], now: datetime
) -> frozenset[UUID]:
    back = [s.conversation for s in standing.still_open if may_be_offered(s.conversation, now)]
    if not back:
        return frozenset()
    there = await at_work(tx, now)
    held: dict[UUID, list[tuple[UUID, Tier]]] = {}
    for one in (s.conversation for s in standing.still_open):
        if one.owner_id is not None:
            held.setdefault(one.owner_id, []).append((one.id, one.tier))
    most = {line.id: line.most_each for line in served}
    found = [talk for talk in back if is_offered(talk, there, held, most, now)]
    return frozenset(
        [
            talk.id
            for talk in found
            if talk.earlier_owner_id not in await conflicts.away_from(tx, talk.contact_id)
        ]
    )


async def _paged(tx: Tx, member: Member) -> list[UUID]:
    asking = await pages.asking(tx, member.id) if member.reads else []
    return list(dict.fromkeys(page.conversation_id for page in asking if page.conversation_id))


def _shown(house: House, found: _Found, member: Member, now: datetime) -> Queue:
    names, cards = found.names, {line.id: line.name for line in found.served}
    pace, standing = house.pace, found.standing
    rows = {
        s.conversation.id: (
            row(s, names, cards, now, pace, offered=s.conversation.id in found.offered),
            s,
        )
        for s in standing.still_open
    }
    ordered = sorted((r for r, _ in rows.values()), key=urgency)
    owners = {row_id: s.conversation.owner_id for row_id, (_, s) in rows.items()}
    theirs = tuple(r for r in ordered if owners[r.id] not in {None, member.id})
    coordinates = member.may(Act.COORDINATE)
    calling = tuple(r for r in theirs if r.help_asked) if coordinates else ()
    return Queue(
        waiting=tuple(r for r in ordered if r.state is State.WAITING),
        mine=tuple(r for r in ordered if owners[r.id] == member.id),
        others=tuple(r for r in theirs if r not in calling),
        help=calling,
        shift=found.shift,
        copies=found.copies,
        held=found.held,
        requests=tuple(
            row(s, names, cards, now, pace) for s in sorted(standing.asking, key=_asked_at)
        ),
        tasks=tuple(task(trouble, names) for trouble in found.undone),
        paged=tuple(found.paged),
        broken=found.broken,
        on_call=found.on_call,
        lines=tuple(cards.values()),
        event=min(found.number, found.standing.number),
        follow_ups=follow_ups(found.planned, names, there(found.on_call), member.name),
        floods=seen_floods(standing.still_open),
        kept_away=sum(s.conversation.state is State.WAITING for s in found.kept),
        others_there=bool(there(found.on_call) - {member.name}),
        duties=seen_duties.shown(found.owed, names, now),
        asked=seen_asked.shown(found.asked, names),
    )


def task(trouble: Trouble, names: Mapping[UUID, str]) -> Task:
    """One message that somebody has to see to."""
    return Task(
        conversation_id=trouble.conversation_id,
        message_id=trouble.message_id,
        alias=str(trouble.alias or "?"),
        counsellor=names.get(trouble.member_id) if trouble.member_id else None,
        delivery=trouble.state,
        error_code=trouble.error_code,
        refusal=trouble.refusal,
        at=trouble.at,
        unsettled=trouble.state is Delivery.UNKNOWN and not trouble.pending,
        mine=trouble.mine,
        closed=trouble.closed,
    )


async def beside(house: House, member: Member) -> Beside:
    """What the bar says on a page without the queue; nothing to roles that do not read."""
    if not member.reads:
        return Beside(0, 0)
    async with house.db.read() as tx:
        mine = await queue.how_many_of(tx, member.id)
        kept = await conflicts.kept_from(tx, member.id)
        undone = await _undone(tx, member, kept)
        planned = await _planned(house, tx, member, kept)
        owed = await seen_duties.theirs(tx, member, kept)
        asked = await seen_asked.theirs(tx, member, kept)
    decide = sum(one.calls for one in asked)
    return Beside(mine, len(undone) + planned + len(owed) + decide, decide)


async def _planned(house: House, tx: Tx, member: Member, kept: Collection[UUID]) -> int:
    """How many follow-ups are theirs to see to."""
    found = await _plans(tx, member, kept)
    if not found:
        return 0
    names = await members.names(tx)
    on_call = await see_on_call(house, tx, await lines.every(tx), names, house.now())
    return len(follow_ups(found, names, there(on_call), member.name))


def there(on_call: Iterable[OnCall]) -> set[str]:
    """The names of those who are on call now."""
    return {one.name for one in on_call if one.begins is None}


async def newest_event(house: House, conversation_id: UUID | None = None) -> int:
    """The number of the last event, of one conversation or of all."""
    async with house.db.read() as tx:
        return await events.newest(tx, conversation_id)


def urgency(row: Row) -> tuple[int, bool, datetime, UUID]:
    """By tier; in it first who was given back unanswered, then the oldest."""
    return row.tier, UNANSWERED not in row.reasons, row.wait.since, row.id


def _asked_at(standing: Standing) -> datetime:
    return standing.contact.delete_requested_at or standing.contact.last_inbound_at


def row(
    standing: Standing,
    names: Mapping[UUID, str],
    cards: Mapping[UUID, str],
    now: datetime,
    pace: Pace,
    *,
    offered: bool = False,
) -> Row:
    """One conversation as a row of the queue; `offered`: to its earlier counsellor alone."""
    talk, contact = standing.conversation, standing.contact
    waiting = talk.state is State.WAITING
    since = talk.waiting_since or (talk.opened_at if waiting else now)
    tier = risen(talk.tier, since, now, pace) if waiting else talk.tier
    reasons = of_now(talk.reasons)
    reasons = reasons if tier == talk.tier else (*reasons, "waited_long")
    if UNANSWERED in talk.marks:
        reasons = (UNANSWERED, *reasons)
    return Row(
        id=talk.id,
        alias=str(standing.alias or "?"),
        state=talk.state,
        tier=tier,
        reasons=danger_first(reasons),
        wait=Wait(talk.tier, since, now, pace),
        answered=not waiting and talk.waiting_since is None,
        language=contact.language,
        channel=contact.channel,
        line=cards.get(talk.line_id, ""),
        unread=standing.unread,
        returning=talk.returning,
        earlier_counsellor=names.get(talk.earlier_owner_id) if talk.earlier_owner_id else None,
        owner=names.get(talk.owner_id) if talk.owner_id else None,
        marks=frozenset(talk.marks) - INNER | ({"watched"} if contact.watched_at else frozenset()),
        opt_out=contact.opt_out,
        gate=contact.gate,
        trouble=standing.trouble,
        offered_until=talk.offered_until if offered else None,
        handed_over=talk.handed_over_at is not None,
        help_asked=standing.help_asked_at is not None,
        helper=names.get(standing.helper_id) if standing.helper_id else None,
        before=before(talk.reasons),
    )
