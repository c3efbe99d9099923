"""Of which gaps coordinators were told, so that each is told once."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from domain.gap_notice import Told
from domain.rota import Gap, ShiftRole
from storage.database import Tx
from storage.ids import new_id
from storage.policy_tables import gap_notices
from storage.rota_tables import rotas
from storage.rows import change, insert

T = gap_notices.c


async def hold(tx: Tx, rota_id: UUID) -> None:
    """Of several who tell of this rota's gaps one does so at a time."""
    if tx.postgres:
        query = select(rotas.c.id).where(rotas.c.id == rota_id)
        await tx.conn.execute(query.with_for_update(key_share=True))


async def of_rota(tx: Tx, rota_id: UUID) -> list[Told]:
    """All that is remembered."""
    query = select(T.id, T.role, T.ahead, T.starts_at, T.ends_at).where(T.rota_id == rota_id)
    return [
        Told(row[0], ShiftRole(row[1]), timedelta(seconds=row[2]), row[3], row[4])
        for row in await tx.conn.execute(query.order_by(T.id))
    ]


async def add(tx: Tx, rota_id: UUID, told: Iterable[tuple[Gap, timedelta]], now: datetime) -> None:
    """They are told now."""
    rows = [
        {
            "id": new_id(now),
            "rota_id": rota_id,
            "role": gap.role,
            "ahead": int(ahead.total_seconds()),
            "starts_at": gap.start,
            "ends_at": gap.end,
        }
        for gap, ahead in told
    ]
    await insert(tx, gap_notices, rows)


async def lengthen(tx: Tx, longer: Iterable[tuple[Told, datetime]]) -> None:
    """These last until then."""
    await change(tx, gap_notices, [{"id": one.id, "ends_at": end} for one, end in longer])


async def forget(tx: Tx, over: Collection[Told]) -> None:
    """These are no gaps any more."""
    ids = [one.id for one in over]
    await tx.conn.execute(delete(gap_notices).where(T.id.in_(ids)))
