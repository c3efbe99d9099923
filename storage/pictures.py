"""Pictures that a counsellor has had fetched: sealed, one a place of a message."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from storage import channel_tables, texts
from storage.database import Tx
from storage.encryption import SealBroken
from storage.ids import new_id
from storage.rows import insert_new
from storage.tables import messages
from storage.texts import Place, place

T = channel_tables.pictures


@dataclass(frozen=True)
class Picture:
    """One picture, of our own making."""

    message_id: UUID
    place: int
    """Which of the message's files, from 0."""
    content_type: str
    content: bytes = field(repr=False)


async def keep(
    tx: Tx, conversation_id: UUID, picture: Picture, member_id: UUID, now: datetime
) -> None:
    """Keep it, sealed to its row and message; one that is kept already stays."""
    row = new_id(now)
    where = _place(row, picture, conversation_id, member_id, now)
    await texts.learn(tx, [conversation_id])
    sealed = texts.seal_bytes(tx, picture.content, where)
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


async def find(tx: Tx, message_id: UUID, number: int) -> Picture | None:
    """The picture; None where none was fetched, where it is destroyed, or does not open here."""
    query = select(T, messages.c.conversation_id).join_from(
        T, messages, messages.c.id == T.c.message_id
    )
    query = query.where(T.c.message_id == message_id, T.c.place == number)
    row = (await tx.conn.execute(query)).one_or_none()
    if row is None or row.content_sealed is None:
        return None
    picture = Picture(message_id, number, row.content_type, b"")
    where = _place(row.id, picture, row.conversation_id, row.fetched_by, row.fetched_at)
    await texts.ready(tx, [(row.conversation_id, row.content_sealed)])
    try:
        return replace(picture, content=texts.open_bytes(tx, row.content_sealed, where))
    except SealBroken:
        return None


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


def _place(
    row: UUID, picture: Picture, conversation_id: UUID, member_id: UUID, at: datetime
) -> Place:
    return place(
        conversation_id,
        ("pictures", row, "content", picture.message_id),
        kind="picture",
        author=member_id,
        at=at,
        beside=(picture.message_id, picture.place, picture.content_type),
    )
