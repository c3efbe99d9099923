"""Whoever has closed a P1 is asked whether they debriefed: done or not, and nothing more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from storage.database import Tx
from storage.ids import new_id
from storage.rows import insert
from storage.shift_tables import debriefs

T = debriefs.c


async def ask(tx: Tx, member_id: UUID, now: datetime) -> None:
    """Of which conversation it was, nothing is kept."""
    await insert(tx, debriefs, [{"id": new_id(now), "member_id": member_id, "asked_at": now}])


async def unanswered(tx: Tx, member_id: UUID) -> list[tuple[UUID, datetime]]:
    """Which this member has yet to answer, each with its moment; the oldest first."""
    query = select(T.id, T.asked_at).where(T.member_id == member_id, T.answered_at.is_(None))
    rows = await tx.conn.execute(query.order_by(T.id))
    return [(row.id, row.asked_at) for row in rows]


async def answer(tx: Tx, debrief_id: UUID, member_id: UUID, now: datetime, *, done: bool) -> bool:
    """False where there is none of theirs that is unanswered."""
    theirs = (T.id == debrief_id) & (T.member_id == member_id) & T.answered_at.is_(None)
    statement = update(debriefs).where(theirs).values(answered_at=now, done=done)
    return (await tx.conn.execute(statement)).rowcount == 1
