"""Who is at work: shifts as people start and end them, whatever the rota had planned."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from storage.database import Tx
from storage.ids import new_id
from storage.rows import insert_new
from storage.shift_tables import worked_shifts

T = worked_shifts.c

FORGOTTEN = timedelta(hours=16)
"""A shift that nobody ended counts no longer than this."""


async def begin(tx: Tx, member_id: UUID, now: datetime) -> bool:
    """False where they are at work already. One that was forgotten is ended first."""
    forgotten = (T.member_id == member_id) & T.ended_at.is_(None) & (T.began_at <= now - FORGOTTEN)
    over = update(worked_shifts).where(forgotten)
    await tx.conn.execute(over.values(ended_at=now))
    row = {"id": new_id(now), "member_id": member_id, "began_at": now}
    return bool(await insert_new(tx, worked_shifts, [row], "id"))


async def end(tx: Tx, member_id: UUID, now: datetime) -> bool:
    """False where they were not at work."""
    current = update(worked_shifts).where(T.member_id == member_id, T.ended_at.is_(None))
    return (await tx.conn.execute(current.values(ended_at=now))).rowcount == 1


async def since(tx: Tx, member_id: UUID, now: datetime) -> datetime | None:
    """Since when they are at work; None: they are not."""
    return (await there(tx, now)).get(member_id)


async def there(tx: Tx, now: datetime) -> dict[UUID, datetime]:
    """Everybody who is at work, and since when."""
    query = select(T.member_id, T.began_at)
    query = query.where(T.ended_at.is_(None), T.began_at > now - FORGOTTEN)
    return {row.member_id: row.began_at for row in await tx.conn.execute(query)}
