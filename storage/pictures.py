"""Pictures that a counsellor has had fetched: sealed, one a place of a message."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from storage import channel_tables
from storage.database import Tx
from storage.encryption import SealBroken
from storage.ids import new_id
from storage.rows import insert_new

T = channel_tables.pictures


@dataclass(frozen=True)
class Picture:
    """One picture, of our own making."""

    message_id: UUID
    place: int
    """Which of the message's files, from 0."""
    content_type: str
    content: bytes = field(repr=False)


async def keep(tx: Tx, picture: Picture, member_id: UUID, now: datetime) -> None:
    """Keep it, sealed to its row and message; one that is kept already stays."""
    row = new_id(now)
    sealed = tx.keys.seal_bytes("text", picture.content, *_bound(row, picture.message_id))
    values = {
        "id": row,
        "message_id": picture.message_id,
        "place": picture.place,
        "content_type": picture.content_type,
        "content_sealed": sealed,
        "fetched_by": member_id,
        "fetched_at": now,
    }
    await insert_new(tx, T, [values], "id")


async def find(tx: Tx, message_id: UUID, place: int) -> Picture | None:
    """The picture; None where none was fetched, where it is destroyed, or its seal is broken."""
    query = select(T.c.id, T.c.content_type, T.c.content_sealed)
    query = query.where(T.c.message_id == message_id, T.c.place == place)
    row = (await tx.conn.execute(query)).one_or_none()
    if row is None or row.content_sealed is None:
        return None
    try:
        content = tx.keys.open_bytes("text", row.content_sealed, *_bound(row.id, message_id))
    except SealBroken:
        return None
    return Picture(message_id, place, row.content_type, content)


async def kept(tx: Tx, message_ids: Iterable[UUID]) -> dict[UUID, frozenset[int]]:
    """By message: the places of the pictures that are there."""
    query = select(T.c.message_id, T.c.place)
    query = query.where(T.c.message_id.in_(set(message_ids)), T.c.content_sealed.is_not(None))
    found: dict[UUID, frozenset[int]] = {}
    for row in await tx.conn.execute(query):
        found[row.message_id] = found.get(row.message_id, frozenset()) | {row.place}
    return found


async def destroy(tx: Tx, message_id: UUID) -> None:
    """Nothing of this message's pictures can be looked at any more."""
    theirs = T.c.message_id == message_id
    await tx.conn.execute(update(T).where(theirs).values(content_sealed=None))


def _bound(row: UUID, message_id: UUID) -> tuple[object, ...]:
    return ("pictures", row, "content", message_id)
