"""Internal notes: in a table of their own, so that none can ever become a message."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, select, update

from storage import tables
from storage.database import Tx
from storage.encryption import SealBroken
from storage.ids import new_id
from storage.rows import insert_new

T = tables.notes


@dataclass(frozen=True)
class Note:
    """What a counsellor wrote for colleagues."""

    id: UUID
    member_id: UUID
    body: str | None
    """None once it was redacted."""
    at: datetime
    unreadable: bool = False
    """Its seal is broken, so that `body` is None although nobody redacted it."""


async def add(
    tx: Tx, conversation_id: UUID, member_id: UUID, body: str, form_key: UUID, now: datetime
) -> bool:
    """Add a note; False when this form was sent before."""
    row = new_id(now)
    added = await insert_new(
        tx,
        T,
        [
            {
                "id": row,
                "conversation_id": conversation_id,
                "member_id": member_id,
                "body_sealed": tx.keys.seal("text", body, "notes", row, "body", conversation_id),
                "form_key": form_key,
                "at": now,
            }
        ],
        "id",
    )
    return bool(added)


async def of_conversation(tx: Tx, conversation_id: UUID) -> list[Note]:
    """All notes, in order."""
    query = select(T).where(T.c.conversation_id == conversation_id).order_by(T.c.id)
    return [_read(tx, row) for row in await tx.conn.execute(query)]


async def before(tx: Tx, note_id: UUID, limit: int) -> list[tuple[UUID, Note]]:
    """Notes that stand before this id, newest first, each with its conversation."""
    query = (
        select(T)
        .where(T.c.id < note_id, T.c.body_sealed.is_not(None))
        .order_by(T.c.id.desc())
        .limit(limit)
    )
    return [(row.conversation_id, _read(tx, row)) for row in await tx.conn.execute(query)]


def _read(tx: Tx, row: Row[tuple[object, ...]]) -> Note:
    if not row.body_sealed:
        return Note(row.id, row.member_id, None, row.at)
    bound = ("notes", row.id, "body", row.conversation_id)
    try:
        return Note(row.id, row.member_id, tx.keys.open("text", row.body_sealed, *bound), row.at)
    except SealBroken:
        return Note(row.id, row.member_id, None, row.at, unreadable=True)


async def redact(tx: Tx, conversation_id: UUID, note_id: UUID, now: datetime) -> bool:
    """Destroy the text of a note; False when there is no such note."""
    result = await tx.conn.execute(
        update(T)
        .where(T.c.id == note_id, T.c.conversation_id == conversation_id)
        .values(body_sealed=None, redacted_at=now)
    )
    return result.rowcount == 1
