"""Which swaps are open, and what could be asked for in exchange?"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from domain.access import Act
from domain.member import Member
from domain.on_call import expand
from domain.rota import ShiftRole
from domain.swap import Swap
from domain.swap_fit import Hindrance
from domain.wall import on_the_wall
from handlers.desk import must
from handlers.errors import NotFound
from handlers.house import House
from handlers.seen_rota import AskedSwap, Coming
from storage import members, rotas

AHEAD = timedelta(weeks=6)
"""How far ahead a colleague's shifts are offered."""

LONGEST = timedelta(days=2)
"""Of one that is offered; what never ends is nothing to swap."""


async def see_exchange(
    house: House, member: Member, rota_id: UUID, role: ShiftRole
) -> tuple[Coming, ...]:
    """Colleagues' shifts to come, by start. Raises NotFound or NotAllowed."""
    must(member, Act.SWAP)
    now = house.now()
    async with house.db.read() as tx:
        if await rotas.edition(tx, rota_id) is None:
            raise NotFound
        rota = await house.rotas.of(tx, rota_id, house.zone, now)
        names = {entry.id: entry.name for entry in await members.every(tx)}
    last = now + AHEAD
    spans = expand(rota, house.zone, now, last + LONGEST)  # else the last ones would be cut off
    theirs = [s for s in spans if s.role is role and s.member != member.id]
    ours = [span for span in theirs if now < span.start < last]
    return tuple(
        Coming(
            span.member,
            names.get(span.member, ""),
            on_the_wall(span.start, house.zone),
            on_the_wall(span.end, house.zone),
        )
        for span in ours
        if span.end - span.start <= LONGEST
    )


def asked_swap(
    swap: Swap, names: Mapping[UUID, str], member: Member, hindered: Hindrance | None
) -> AskedSwap:
    """As a member sees it. `hindered`: what keeps them from taking it."""
    wanted, mine = swap.wanted, swap.asker == member.id
    return AskedSwap(
        swap.id,
        swap.role,
        names.get(swap.asker, ""),
        swap.start,
        swap.end,
        (names.get(wanted.member, ""), wanted.start, wanted.end) if wanted else None,
        may_accept=not mine and hindered is None,
        hindered=None if mine else hindered,
        may_withdraw=mine or member.may(Act.ANY_SWAP),
    )
