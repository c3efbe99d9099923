"""Who opened which conversation, and when (lag 2001:454: need-based access is logged)."""

from datetime import datetime
from uuid import UUID

from storage import tables
from storage.database import Tx
from storage.ids import new_id
from storage.rows import insert


async def log(tx: Tx, conversation_id: UUID, member_id: UUID, now: datetime) -> None:
    """Keep that this member opened this conversation."""
    row = {"conversation_id": conversation_id, "member_id": member_id, "at": now}
    await insert(tx, tables.openings, [{"id": new_id(now), **row}])
