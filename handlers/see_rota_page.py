"""Some days of a rota: who is on call, where nobody is, who carries how much."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID

from domain.access import Act
from domain.load import Load, loads
from domain.member import Member
from domain.on_call import expand, gaps
from domain.rota import Leave, Rota
from domain.swap_fit import hindrance
from domain.wall import moment, on_the_wall
from handlers.desk import must
from handlers.errors import NotFound
from handlers.house import House
from handlers.on_call import see_on_call
from handlers.rotas import BACK
from handlers.see_swaps import asked_swap
from handlers.seen_rota import Away, Carried, LineOf, Lines, RotaOf, RotaPage
from storage import answering, events, lines, members, rotas, swaps
from storage.database import Tx

COMING = timedelta(days=14)
"""How far ahead gaps are told of."""

FARTHEST = timedelta(days=800)
"""From today; nobody looks further."""

_DAY = timedelta(days=1)


async def see_lines(house: House, member: Member) -> Lines:
    """Every line and every rota. Raises NotAllowed."""
    must(member, Act.SEE_ROTA)
    async with house.db.read() as tx:
        return await _lines(tx)


async def see_rota_page(
    house: House, member: Member, rota_id: UUID, first: date, days: int
) -> RotaPage:
    """`first`: a day on the wall calendar of the line's zone, within FARTHEST of today.

    Raises NotFound or NotAllowed.
    """
    must(member, Act.SEE_ROTA)
    now = house.now()
    start, end = (
        moment(datetime.combine(d, time()), house.zone) for d in (first, first + days * _DAY)
    )
    async with house.db.read() as tx:
        every = await _lines(tx)
        found = next((rota for rota in every.rotas if rota.id == rota_id), None)
        if found is None:
            raise NotFound
        ours = [line for line in await lines.every(tx) if line.rota_id == rota_id]
        rota = await _whole(house, tx, rota_id, start, now)
        names = await members.names(tx)
        out = await answering.sealed_out(tx)
        there = await see_on_call(house, tx, ours, names, now)
        asked = await swaps.asked(tx, rota_id, on_the_wall(now, house.zone))
        ahead = await house.rotas.of(tx, rota_id, house.zone, now) if asked else rota
        p1s = await events.p1s_taken(tx, [line.id for line in ours], start, end)
    spans = expand(rota, house.zone, start - _DAY, end + _DAY)
    met = [span for span in spans if span.start < end and span.end > start]
    return RotaPage(
        rota=found,
        lines=every,
        on_call=there,
        names=names,
        spans=tuple(met),
        gaps=tuple(gaps(rota, house.zone, start, end, out)),
        coming_gaps=tuple(gaps(rota, house.zone, now, now + COMING, out)),
        loads=_loads(loads(met, house.zone, start, end), p1s, names),
        leaves=_away(rota.leaves, names, member, first, days),
        may_change=member.may(Act.WRITE_ROTA),
        swaps=tuple(
            asked_swap(swap, names, member, hindrance(ahead, house.zone, swap, member.id))
            for swap in asked
        ),
    )


async def _whole(house: House, tx: Tx, rota_id: UUID, start: datetime, now: datetime) -> Rota:
    """Out of memory where it reaches that far back."""
    if start - 2 * _DAY > now - BACK / 2:
        return await house.rotas.of(tx, rota_id, house.zone, now)
    return await rotas.whole(tx, rota_id, on_the_wall(start - 2 * _DAY, house.zone))


async def _lines(tx: Tx) -> Lines:
    every = await lines.every(tx)
    served: dict[UUID, list[str]] = {}
    for line in every:
        if line.rota_id is not None:
            served.setdefault(line.rota_id, []).append(line.name)
    known = await rotas.every(tx)
    return Lines(
        tuple(LineOf(line.id, line.name, line.rota_id) for line in every),
        tuple(RotaOf(row, tuple(served.get(row, ())), made_at) for row, made_at in known),
    )


def _loads(
    found: Mapping[UUID, Load], p1s: Mapping[UUID, int], names: Mapping[UUID, str]
) -> tuple[Carried, ...]:
    nothing = Load(timedelta(), timedelta(), timedelta())
    carried = [
        Carried(names.get(member, ""), found.get(member, nothing), p1s.get(member, 0))
        for member in found.keys() | p1s.keys()
    ]
    return tuple(sorted(carried, key=lambda each: (-each.load.whole, -each.p1s, each.name)))


def _away(
    leaves: tuple[Leave, ...], names: Mapping[UUID, str], member: Member, first: date, days: int
) -> tuple[Away, ...]:
    begins = datetime.combine(first, time())
    ends = begins + days * _DAY
    return tuple(
        Away(each.id, names.get(each.member, ""), each.start, each.end, each.member == member.id)
        for each in sorted(leaves, key=lambda leave: leave.start)
        if each.start < ends and each.end > begins
    )
