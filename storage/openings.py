"""Who opened which conversation, and when (lag 2001:454: need-based access is logged)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.conversation import State
from storage import audit, tables
from storage.database import Tx
from storage.ids import new_id
from storage.rows import insert


async def logged_since(tx: Tx, conversation_id: UUID, member_id: UUID, since: datetime) -> bool:
    """Whether it is known that this member opened this conversation since then."""
    t = tables.openings.c
    query = select(t.id).where(t.conversation_id == conversation_id, t.member_id == member_id)
    return (await tx.conn.execute(query.where(t.at >= since).limit(1))).first() is not None


async def of_conversation(tx: Tx, conversation_id: UUID) -> list[tuple[UUID, datetime]]:
    """Who opened it and when, in order."""
    t = tables.openings.c
    query = select(t.member_id, t.at).where(t.conversation_id == conversation_id).order_by(t.id)
    return [(row[0], row[1]) for row in await tx.conn.execute(query)]


async def log(tx: Tx, conversation_id: UUID, member_id: UUID, now: datetime, why: str = "") -> None:
    """Keep that this member opened this conversation, and on what ground where one is wanted."""
    row = {"conversation_id": conversation_id, "member_id": member_id, "at": now}
    await insert(tx, tables.openings, [{"id": new_id(now), **row}])
    stood = await _whose(tx, conversation_id, member_id)
    said = f"{stood} {why}" if why else stood
    audit.note(tx, "opened", now, member_id, conversation_id, said)


async def _whose(tx: Tx, conversation_id: UUID, member_id: UUID) -> str:
    """How it stood to them then: own, waiting, others or closed."""
    c = tables.conversations.c
    query = select(c.state, c.owner_id).where(c.id == conversation_id)
    state, owner = (await tx.conn.execute(query)).one()
    if owner == member_id:
        return "own"
    return "others" if state == State.OWNED else str(State(state))
