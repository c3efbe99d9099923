"""Why somebody reads what is neither theirs nor waiting, and for how long that counts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from storage.database import Tx
from storage.need_tables import reading_reasons
from storage.rows import upsert

T = reading_reasons.c


async def give(
    tx: Tx, conversation_id: UUID, member_id: UUID, reason: str, now: datetime, ends_at: datetime
) -> None:
    """In the place of an earlier one; what has run out of this member's goes."""
    over = (T.member_id == member_id) & (T.ends_at <= now)
    await tx.conn.execute(delete(reading_reasons).where(over))
    row = {"reason": reason, "ends_at": ends_at}
    statement = upsert(tx, reading_reasons).values(
        conversation_id=conversation_id, member_id=member_id, **row
    )
    await tx.conn.execute(
        statement.on_conflict_do_update(index_elements=["conversation_id", "member_id"], set_=row)
    )


async def all_given(tx: Tx, member_id: UUID, now: datetime) -> set[UUID]:
    """The conversations for which a reason of this member's counts now."""
    query = select(T.conversation_id).where(T.member_id == member_id, T.ends_at > now)
    return set((await tx.conn.execute(query)).scalars())


async def given(
    tx: Tx, conversation_ids: Collection[UUID], member_id: UUID, now: datetime
) -> dict[UUID, str]:
    """By conversation, of these, those for which a reason of this member's counts now."""
    query = select(T.conversation_id, T.reason).where(
        T.member_id == member_id, T.ends_at > now, T.conversation_id.in_(conversation_ids)
    )
    return {row.conversation_id: row.reason for row in await tx.conn.execute(query)}
