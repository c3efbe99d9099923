"""What a message says since its writer changed it; the original stays beside it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from storage import channel_tables
from storage.database import Tx
from storage.encryption import SealBroken
from storage.rows import insert
from storage.tables import messages

T = channel_tables.revisions


@dataclass(frozen=True)
class Revision:
    """One later version of a message."""

    id: UUID
    message_id: UUID
    at: datetime
    """When the channel says that it was changed."""
    body: str | None
    """None once it was redacted, and where its message was before it came."""
    unreadable: bool = False
    """Its seal is broken."""


def _bound(row_id: object, message_id: object) -> tuple[object, ...]:
    return ("revisions", row_id, "body", message_id)


async def add(tx: Tx, revision: Revision) -> None:
    """Add a version, sealed to its message."""
    bound = _bound(revision.id, revision.message_id)
    sealed = tx.keys.seal("text", revision.body, *bound) if revision.body is not None else None
    row = {"id": revision.id, "message_id": revision.message_id, "at": revision.at}
    await insert(tx, T, [row | {"body_sealed": sealed}])


async def of_message(tx: Tx, message_id: UUID) -> list[Revision]:
    """All versions of one message after the first, the oldest first."""
    query = select(T).where(T.c.message_id == message_id).order_by(T.c.at, T.c.id)
    return [_read(tx, row) for row in await tx.conn.execute(query)]


async def before(tx: Tx, revision_id: UUID, limit: int) -> list[tuple[UUID, Revision]]:
    """Versions that stand before this id, newest first, each with its conversation."""
    query = (
        select(T, messages.c.conversation_id)
        .join_from(T, messages, messages.c.id == T.c.message_id)
        .where(T.c.id < revision_id, T.c.body_sealed.is_not(None))
        .order_by(T.c.id.desc())
        .limit(limit)
    )
    return [(row.conversation_id, _read(tx, row)) for row in await tx.conn.execute(query)]


async def of_conversation(tx: Tx, conversation_id: UUID) -> dict[UUID, list[Revision]]:
    """By message: its later versions, the oldest first."""
    query = (
        select(T)
        .join_from(T, messages, messages.c.id == T.c.message_id)
        .where(messages.c.conversation_id == conversation_id)
        .order_by(T.c.at, T.c.id)
    )
    found: dict[UUID, list[Revision]] = {}
    for row in await tx.conn.execute(query):
        found.setdefault(row.message_id, []).append(_read(tx, row))
    return found


async def redact(tx: Tx, message_id: UUID) -> None:
    """Destroy the text of every version of this message but the first, which lies elsewhere."""
    await tx.conn.execute(update(T).where(T.c.message_id == message_id).values(body_sealed=None))


def _read(tx: Tx, row: Row[Any]) -> Revision:
    sealed = row.body_sealed
    try:
        body = tx.keys.open("text", sealed, *_bound(row.id, row.message_id)) if sealed else None
    except SealBroken:
        return Revision(row.id, row.message_id, row.at, None, unreadable=True)
    return Revision(row.id, row.message_id, row.at, body)
