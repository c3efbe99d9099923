"""The coordinator's board: the line as a whole, in as many queries however many wait."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import Act
from domain.caseload import full
from domain.conversation import State
from domain.member import Member
from domain.on_call import gaps
from domain.pace import Pace
from domain.priority import Tier, Wait, risen
from domain.rota import Gap, ShiftRole
from handlers.desk import must
from handlers.house import House
from handlers.naming import name
from handlers.on_call import alone, see_on_call
from handlers.see_queue import row, task, urgency
from handlers.see_rota_page import COMING
from handlers.seen import OnCall, Row
from handlers.seen_board import (
    AskedBoard,
    Board,
    GapBoard,
    LineBoard,
    PersonBoard,
    Unanswered,
    UnreachedBoard,
)
from handlers.seen_duties import shown
from handlers.seen_ways import Unwakable
from handlers.unwakable import unwakable
from storage import (
    answering,
    board,
    code_uses,
    conflicts,
    duties,
    events,
    given_roles,
    lines,
    queue,
    troubles,
)
from storage.board import Glance, Paged, Unreached
from storage.database import Tx
from storage.duties import Listed
from storage.lines import Line
from storage.members import Entry
from storage.queue import Standing
from storage.troubles import Trouble

MOST = 12
"""Of each list: a wall shows no more, and the figures count all."""

MOST_IN_HANDS = 60
"""Conversations that are shown with those who have them."""

A_DAY = timedelta(hours=24)
"""How long a page that could not be delivered stands on the board."""


async def see_board(house: House, member: Member) -> Board:
    """What they must stay away from is in no list and no figure. Raises OnlyCoordinators or
    NotAllowed."""
    must(member, Act.BOARD)
    now = house.now()
    found = await _find(house, member, now)
    nameless = {s.conversation.id for s in found.standing if s.alias is None}
    nameless |= {t.conversation_id for t in found.undelivered if t.alias is None}
    nameless |= {one.duty.conversation_id for one in found.owed if one.alias is None}
    if await name(house, nameless):
        found = await _find(house, member, now)
    return _shown(found, now, house.pace)


@dataclass(frozen=True)
class _Found:
    number: int
    glances: list[Glance]
    unanswered: Mapping[UUID, Paged]
    """P1s that wait and of whose pages none was acknowledged."""
    standing: list[Standing]
    undelivered: list[Trouble]
    undelivered_of: Mapping[UUID, int]
    unreached: list[Unreached]
    staff: list[Entry]
    served: list[Line]
    on_call: tuple[OnCall, ...]
    alone: frozenset[UUID]
    """The lines on which nobody is on call."""
    gaps: Mapping[UUID, list[Gap]]
    """By rota."""
    unwakable: tuple[Unwakable, ...]
    asked: Mapping[UUID, int]
    owed: list[Listed]


async def _find(house: House, member: Member, now: datetime) -> _Found:
    async with house.db.read() as tx:
        number = await events.newest(tx)
        kept = await conflicts.kept_from(tx, member.id)
        served, staff = await lines.every(tx), await given_roles.staff(tx)
        glances = [one for one in await board.glance(tx) if one.id not in kept]
        unanswered = await _unanswered(tx, glances)
        names = _names(staff)
        there = await see_on_call(house, tx, served, names, now)
        here = [entry.id for entry in staff if entry.revoked_at is None]
        return _Found(
            number=number,
            glances=glances,
            unanswered=unanswered,
            standing=await queue.of_conversations(
                tx, _to_show(house.pace, glances, unanswered, now)
            ),
            undelivered=[
                one
                for one in await troubles.everywhere(tx, MOST)
                if one.conversation_id not in kept
            ],
            undelivered_of=await troubles.by_line(tx, kept),
            unreached=await board.unreached(tx, here, now - A_DAY),
            staff=staff,
            served=served,
            on_call=tuple(one for one in there if one.begins is None),
            alone=frozenset(line.id for line in alone(served, there)),
            gaps=await _gaps(house, tx, served, now),
            unwakable=await unwakable(house, tx, there, names),
            asked=await code_uses.numbers(tx, now - A_DAY),
            owed=[
                one
                for one in await duties.still_open(tx, MOST)
                if one.duty.conversation_id not in kept
            ],
        )


async def _unanswered(tx: Tx, glances: Sequence[Glance]) -> dict[UUID, Paged]:
    urgent = [one for one in glances if one.waiting and one.tier is Tier.P1]
    known = await board.paged(tx, Tier.P1) if urgent else {}
    fared = {one.id: known.get(one.id, board.NOBODY_PAGED) for one in urgent}
    return {talk: paged for talk, paged in fared.items() if not paged.read}


async def _gaps(
    house: House, tx: Tx, served: Iterable[Line], now: datetime
) -> dict[UUID, list[Gap]]:
    found: dict[UUID, list[Gap]] = {}
    out = await answering.sealed_out(tx)
    for rota_id in dict.fromkeys(line.rota_id for line in served):
        if rota_id is not None:
            rota = await house.rotas.of(tx, rota_id, house.zone, now)
            found[rota_id] = gaps(rota, house.zone, now, now + COMING, out)
    return found


def _to_show(
    pace: Pace, glances: Iterable[Glance], unanswered: Mapping[UUID, Paged], now: datetime
) -> list[UUID]:
    """Those whose rows the board names: a few, however many wait."""
    ordered = sorted(glances, key=lambda one: (_tier(one, now, pace), one.since or now, one.id))
    chosen = [one.id for one in ordered if one.id in unanswered][:MOST]
    chosen += [one.id for one in ordered if _is_over(one, now, pace)][:MOST]
    chosen += [one.id for one in ordered if not one.waiting][:MOST_IN_HANDS]
    return list(dict.fromkeys(chosen))


def _tier(one: Glance, now: datetime, pace: Pace) -> Tier:
    return risen(one.tier, one.since, now, pace) if one.waiting and one.since else one.tier


def _is_over(one: Glance, now: datetime, pace: Pace) -> bool:
    if one.since is None or one.held:
        return False
    return Wait(one.tier, one.since, now, pace).share >= 1


def _names(staff: Iterable[Entry]) -> dict[UUID, str]:
    return {entry.id: entry.name for entry in staff}


def _shown(found: _Found, now: datetime, pace: Pace) -> Board:
    names = _names(found.staff)
    cards = {line.id: line.name for line in found.served}
    rows = {s.conversation.id: row(s, names, cards, now, pace) for s in found.standing}
    over = {one.id for one in found.glances if _is_over(one, now, pace)}
    ordered = sorted(rows.values(), key=urgency)
    return Board(
        lines=tuple(_line(found, line, now, pace) for line in found.served),
        unanswered=tuple(
            _of_unanswered(found, rows[one.id], names)
            for one in ordered
            if one.id in found.unanswered
        )[:MOST],
        over=tuple(one for one in ordered if one.id in over)[:MOST],
        people=_people(found, names, ordered, now),
        undelivered=tuple(task(trouble, names) for trouble in found.undelivered),
        unreached=tuple(
            UnreachedBoard(names.get(u.member_id, ""), cards.get(u.line_id, ""), u.count, u.last_at)
            for u in found.unreached
        )[:MOST],
        gaps=_gaps_shown(found),
        unwakable=found.unwakable,
        asked=tuple(AskedBoard(names.get(who, ""), n) for who, n in sorted(found.asked.items())),
        event=found.number,
        duties=shown(found.owed, names, now),
    )


def _line(found: _Found, line: Line, now: datetime, pace: Pace) -> LineBoard:
    ours = [one for one in found.glances if one.line_id == line.id]
    waits = [one.since for one in ours if one.since is not None and not one.held]
    return LineBoard(
        name=line.name,
        waiting=_by_tier(_tier(one, now, pace) for one in ours if one.waiting),
        active=_by_tier(one.tier for one in ours if not one.waiting),
        held=sum(one.held for one in ours),
        oldest=min(waits, default=None),
        over=sum(_is_over(one, now, pace) for one in ours),
        unanswered=sum(one.id in found.unanswered for one in ours),
        undelivered=found.undelivered_of.get(line.id, 0),
        unreached=sum(u.count for u in found.unreached if u.line_id == line.id),
        gaps=None if line.rota_id is None else len(found.gaps[line.rota_id]),
        covered=line.id not in found.alone,
    )


def _by_tier(tiers: Iterable[Tier]) -> dict[Tier, int]:
    counted = Counter(tiers)
    return {tier: counted[tier] for tier in Tier}


def _of_unanswered(found: _Found, shown: Row, names: Mapping[UUID, str]) -> Unanswered:
    paged = found.unanswered[shown.id]
    climbed = next(one.climbed for one in found.glances if one.id == shown.id)
    return Unanswered(
        row=shown,
        pages=paged.left,
        last_at=paged.last_at,
        names=tuple(names.get(member, "") for member in paged.members),
        delivered=paged.delivered,
        tried=climbed,
    )


def _people(
    found: _Found, names: Mapping[UUID, str], ordered: Sequence[Row], now: datetime
) -> tuple[PersonBoard, ...]:
    """Whoever is on call, by role; then those who are not and have a conversation."""
    shifts: dict[str, list[OnCall]] = {}
    for one in sorted(found.on_call, key=_place):
        shifts.setdefault(one.name, []).append(one)
    load: dict[str, Counter[Tier]] = {}
    for glance in found.glances:
        if glance.owner_id is not None:
            load.setdefault(names.get(glance.owner_id, ""), Counter())[glance.tier] += 1
    others = sorted(load.keys() - shifts.keys())
    most = max((line.most_each for line in found.served), default=0)
    return tuple(
        PersonBoard(
            name=person,
            shifts=tuple(shifts.get(person, ())),
            load=dict(sorted(load.get(person, Counter()).items())),
            rows=tuple(one for one in ordered if one.owner == person and one.state is State.OWNED),
            full=full(list(load.get(person, Counter()).elements()), most),
        )
        for person in (*shifts, *others)
    )


def _place(one: OnCall) -> int:
    return list(ShiftRole).index(one.role) if one.role else 0


def _gaps_shown(found: _Found) -> tuple[GapBoard, ...]:
    shown = [
        GapBoard(
            rota_id,
            tuple(line.name for line in found.served if line.rota_id == rota_id),
            gap.role,
            gap.start,
            gap.end,
        )
        for rota_id, some in found.gaps.items()
        for gap in some
    ]
    return tuple(sorted(shown, key=lambda gap: (gap.start, gap.role, gap.rota_id))[:MOST])
