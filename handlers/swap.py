"""One asks to swap a shift or to be freed of it, another accepts: then the rota says so."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.access import Act
from domain.member import Member
from domain.on_call import expand
from domain.rota import Kind, Rota, Shift, ShiftRole
from domain.swap import Exchange, State, Swap
from domain.swap_fit import would_be_twice
from domain.wall import moment, on_the_wall
from handlers import rota_change
from handlers.desk import must, once, still_here
from handlers.errors import BadInput, NotFound, NotYours, SwapGone
from handlers.house import House
from handlers.write_shift import lay
from storage import audit, members, rotas, swaps
from storage.database import Tx


@dataclass(frozen=True)
class Asked:
    """A stretch of one's own, and what one would take for it; the times are on the wall clock."""

    role: ShiftRole
    start: datetime
    end: datetime
    wanted: Exchange | None = None
    """None: whoever can take it."""


async def ask_swap(
    house: House, member: Member, rota_id: UUID, asked: Asked, *, form_key: UUID
) -> None:
    """The same form twice asks once.

    Raises BadInput (swap: empty, begun, not_yours or not_theirs), NotFound or NotAllowed.
    """
    must(member, Act.SWAP)
    key = once(form_key, member.id, asked)
    swap = Swap(key, rota_id, asked.role, member.id, asked.start, asked.end, asked.wanted)
    async with house.db.write() as tx:
        await still_here(tx, member)
        if await rotas.edition(tx, rota_id) is None:
            raise NotFound
        await _must_hold(house, tx, swap, member.id, None)
        await swaps.ask(tx, swap, house.now())


async def accept_swap(house: House, member: Member, swap_id: UUID) -> Swap:
    """What was agreed. Of several who accept at once one has it. Whose shifts they are is looked at
    again: the rota may have changed since it was asked.

    Raises SwapGone, BadInput (swap: begun, own, not_asked, not_yours, not_theirs or busy; shift: a
    Fault; member: cannot_read), NotFound or NotAllowed.
    """
    must(member, Act.SWAP)
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member)
        swap = await _held(tx, swap_id)
        if swap.asker == member.id:
            raise BadInput("swap", "own")
        if swap.wanted is not None and swap.wanted.member != member.id:
            raise BadInput("swap", "not_asked")
        await rota_change.must_be_able(tx, member.id, swap.role)
        await _must_hold(house, tx, swap, swap.asker, member.id)
        await swaps.end(tx, swap.id, State.ACCEPTED, member.id)
        audit.note(tx, "rota", now, member.id, swap.rota_id, "swap")
        await _lay(tx, swap, member.id, swap.start, swap.end, now)
        if swap.wanted is not None:
            await rota_change.must_be_able(tx, swap.asker, swap.role)
            await _lay(tx, swap, swap.asker, swap.wanted.start, swap.wanted.end, now)
    return swap


async def withdraw_swap(house: House, member: Member, swap_id: UUID) -> None:
    """The asker keeps it. Coordinators may withdraw anybody's.

    Raises SwapGone, NotYours, NotFound or NotAllowed.
    """
    must(member, Act.SWAP)
    async with house.db.write() as tx:
        await still_here(tx, member)
        swap = await _held(tx, swap_id)
        if swap.asker != member.id and not member.may(Act.ANY_SWAP):
            raise NotYours
        await swaps.end(tx, swap.id, State.WITHDRAWN)


async def _held(tx: Tx, swap_id: UUID) -> Swap:
    """The swap, its rota locked until the commit; still open. Raises NotFound or SwapGone."""
    found = await swaps.one(tx, swap_id)
    if found is None:
        raise NotFound
    await rotas.begin_change(tx, found.rota_id)
    swap = await swaps.one(tx, swap_id)
    if swap is None or swap.state is State.WITHDRAWN:
        raise SwapGone(None)
    if swap.state is State.ACCEPTED:
        taker = await members.by_id(tx, swap.taken_by) if swap.taken_by else None
        raise SwapGone(taker.name if taker else "")
    return swap


async def _must_hold(house: House, tx: Tx, swap: Swap, asker: UUID, accepter: UUID | None) -> None:
    """Each has what they give, alone, and nothing else at the time that they take."""
    wall = on_the_wall(house.now(), house.zone)
    wanted = swap.wanted
    starts = [swap.start, *([wanted.start] if wanted else [])]
    if swap.end <= swap.start or (wanted and wanted.end <= wanted.start):
        raise BadInput("swap", "empty")
    if min(starts) <= wall:
        raise BadInput("swap", "begun")
    rota = await rotas.whole(tx, swap.rota_id, wall - timedelta(days=2))
    alone = replace(rota, shifts=tuple(s for s in rota.shifts if not s.beside))
    if not _has(alone, house.zone, swap.role, asker, swap.start, swap.end):
        raise BadInput("swap", "not_yours" if accepter is None else "changed")
    if wanted and not _has(alone, house.zone, swap.role, wanted.member, wanted.start, wanted.end):
        raise BadInput("swap", "not_theirs" if accepter is None else "changed")
    if accepter is not None and would_be_twice(rota, house.zone, swap, accepter):
        raise BadInput("swap", "busy")


def _has(
    rota: Rota, zone: ZoneInfo, role: ShiftRole, member: UUID, start: datetime, end: datetime
) -> bool:
    """Whether somebody is on call in this role for all of it."""
    begins, ends = moment(start, zone), moment(end, zone)
    found = [s for s in expand(rota, zone, begins, ends) if (s.role, s.member) == (role, member)]
    return len(found) == 1 and (found[0].start, found[0].end) == (begins, ends)


async def _lay(
    tx: Tx, swap: Swap, member: UUID, start: datetime, end: datetime, now: datetime
) -> None:
    key = once(swap.id, member)
    shift = Shift(key, swap.role, member, start, end, Kind.OVERRIDE)
    await lay(tx, swap.rota_id, shift, member, now)
