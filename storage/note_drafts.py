"""What somebody has begun to write for their colleagues and not kept as a note."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from storage.database import Tx
from storage.desk_tables import note_drafts
from storage.encryption import SealBroken
from storage.rows import upsert

T = note_drafts.c


async def keep(tx: Tx, conversation_id: UUID, member_id: UUID, body: str, now: datetime) -> None:
    """The newest words replace what was kept; no words forget it."""
    if not body:
        await forget(tx, conversation_id, member_id)
        return
    sealed = tx.keys.seal("text", body, *_bound(conversation_id, member_id))
    row = {"conversation_id": conversation_id, "member_id": member_id}
    statement = upsert(tx, note_drafts).values(**row, body_sealed=sealed, at=now)
    await tx.conn.execute(
        statement.on_conflict_do_update(
            index_elements=["conversation_id", "member_id"],
            set_={"body_sealed": statement.excluded.body_sealed, "at": statement.excluded.at},
        )
    )


async def kept(tx: Tx, conversation_id: UUID, member_id: UUID) -> str:
    """The kept words, or none; none too when their seal is broken."""
    query = select(T.body_sealed).where(
        T.conversation_id == conversation_id, T.member_id == member_id
    )
    sealed = (await tx.conn.execute(query)).scalar_one_or_none()
    try:
        return tx.keys.open("text", sealed, *_bound(conversation_id, member_id)) if sealed else ""
    except SealBroken:
        return ""


async def forget(tx: Tx, conversation_id: UUID, member_id: UUID) -> None:
    """It was kept as a note, or is not wanted."""
    await tx.conn.execute(
        delete(note_drafts).where(T.conversation_id == conversation_id, T.member_id == member_id)
    )


async def forget_of(tx: Tx, member_id: UUID) -> None:
    """Somebody does not work here any more."""
    await tx.conn.execute(delete(note_drafts).where(T.member_id == member_id))


def _bound(conversation_id: UUID, member_id: UUID) -> tuple[object, ...]:
    return ("note_drafts", conversation_id, "body", member_id)
