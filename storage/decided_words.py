"""Texts with words that betray, which a counsellor was warned of and sent all the same."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from storage import safe_tables
from storage.database import Tx
from storage.rows import insert

T = safe_tables.decided_words


async def decide(tx: Tx, message_id: UUID, member_id: UUID, now: datetime) -> None:
    """This text leaves as it is."""
    await insert(tx, T, [{"message_id": message_id, "member_id": member_id, "at": now}])


async def decided(tx: Tx, message_ids: Iterable[UUID]) -> set[UUID]:
    """Of these texts, those that leave as they are."""
    query = select(T.c.message_id).where(T.c.message_id.in_(set(message_ids)))
    return set((await tx.conn.execute(query)).scalars())
