"""Which shifts are asked to be swapped, and what became of it?"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, update

from domain.rota import ShiftRole
from domain.swap import Exchange, State, Swap
from storage.database import Tx
from storage.rota_tables import swaps
from storage.rows import insert_new

T = swaps.c


async def ask(tx: Tx, swap: Swap, now: datetime) -> None:
    """Write it down; one with its id stays as it is."""
    wanted = swap.wanted
    row = {
        "id": swap.id,
        "rota_id": swap.rota_id,
        "role": swap.role,
        "asker_id": swap.asker,
        "starts": swap.start,
        "ends": swap.end,
        "wanted_from": wanted.member if wanted else None,
        "wanted_starts": wanted.start if wanted else None,
        "wanted_ends": wanted.end if wanted else None,
        "state": State.ASKED,
        "asked_at": now,
    }
    await insert_new(tx, swaps, [row], "id")


async def one(tx: Tx, swap_id: UUID) -> Swap | None:
    """By its id, or None."""
    row = (await tx.conn.execute(select(*swaps.c).where(T.id == swap_id))).one_or_none()
    return _swap(row) if row else None


async def asked(tx: Tx, rota_id: UUID, since: datetime) -> list[Swap]:
    """Those that nobody has answered and that begin later (on the wall), by start."""
    query = select(*swaps.c).where(T.rota_id == rota_id, T.state == State.ASKED, T.starts > since)
    return [_swap(row) for row in await tx.conn.execute(query.order_by(T.starts, T.id))]


async def to_answer(
    tx: Tx, member_id: UUID, rota_ids: Iterable[UUID], since: datetime
) -> list[Swap]:
    """Those that this member may accept, as `asked`; first what was asked of them alone."""
    query = select(*swaps.c).where(
        T.rota_id.in_(list(rota_ids)),
        T.state == State.ASKED,
        T.starts > since,
        T.asker_id != member_id,
        or_(T.wanted_from.is_(None), and_(T.wanted_from == member_id, T.wanted_starts > since)),
    )
    rows = await tx.conn.execute(query.order_by(T.wanted_from.is_(None), T.starts, T.id))
    return [_swap(row) for row in rows]


async def end(tx: Tx, swap_id: UUID, state: State, taken_by: UUID | None = None) -> bool:
    """It is accepted or withdrawn; False when it was already."""
    ended = update(swaps).where(T.id == swap_id, T.state == State.ASKED)
    return (await tx.conn.execute(ended.values(state=state, taken_by=taken_by))).rowcount == 1


def _swap(row: Any) -> Swap:
    wanted = None
    if row.wanted_from is not None:
        wanted = Exchange(row.wanted_from, row.wanted_starts, row.wanted_ends)
    return Swap(
        row.id,
        row.rota_id,
        ShiftRole(row.role),
        row.asker_id,
        row.starts,
        row.ends,
        wanted,
        State(row.state),
        row.taken_by,
    )
