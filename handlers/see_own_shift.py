"""What concerns the reader alone: since when they are at work, and what they are to be told."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from domain.member import Member
from domain.swap_fit import hindrance
from domain.wall import on_the_wall
from handlers.house import House
from handlers.seen_shift import NO_SHIFT, Debrief, OwnShift, SwapAsked, TakenOver
from storage import debriefs, helps, swaps, worked
from storage.database import Tx
from storage.lines import Line

MOST_SWAPS = 5


async def see_own_shift(
    house: House,
    tx: Tx,
    member: Member,
    names: Mapping[UUID, str],
    served: Iterable[Line],
    now: datetime,
) -> OwnShift:
    """Nothing for roles that do not read. `names`: what the members are called."""
    if not member.reads:
        return NO_SHIFT
    return OwnShift(
        since=await worked.since(tx, member.id, now),
        taken_over=tuple(
            TakenOver(one.conversation_id, str(one.alias or "?"), names.get(one.by, ""), one.at)
            for one in await helps.taken_from(tx, member.id)
        ),
        debriefs=tuple(Debrief(*one) for one in await debriefs.unanswered(tx, member.id)),
        swaps=await _swaps(house, tx, member, names, served, now),
    )


async def _swaps(
    house: House,
    tx: Tx,
    member: Member,
    names: Mapping[UUID, str],
    served: Iterable[Line],
    now: datetime,
) -> tuple[SwapAsked, ...]:
    """Of the rotas that a line goes by: what they are asked for alone, and what they could take."""
    rotas = {line.rota_id for line in served if line.rota_id is not None}
    if not rotas:
        return ()
    found = []
    for swap in await swaps.to_answer(tx, member.id, rotas, on_the_wall(now, house.zone)):
        rota = await house.rotas.of(tx, swap.rota_id, house.zone, now)
        if swap.wanted is not None or not hindrance(rota, house.zone, swap, member.id):
            found.append(swap)
    return tuple(
        SwapAsked(
            swap.rota_id,
            names.get(swap.asker, ""),
            swap.start,
            swap.end,
            of_me=swap.wanted is not None,
        )
        for swap in found[:MOST_SWAPS]
    )
