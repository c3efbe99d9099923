"""Pictures that a counsellor has had fetched: sealed, one a place of a message."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
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
    values: dict[str, Any] = {
        "id": new_id(now),
        "message_id": picture.message_id,
        "place": picture.place,
        "content_type": picture.content_type,
        "fetched_by": member_id,
        "fetched_at": now,
    }
    await texts.learn(tx, [conversation_id])
    where = place_of({**values, "conversation_id": conversation_id})
    values["content_sealed"] = texts.seal_bytes(tx, picture.content, where)
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
    await texts.ready(tx, [(row.conversation_id, row.content_sealed)])
    try:
        content = texts.open_bytes(tx, row.content_sealed, place_of(row._mapping))
    except SealBroken:
        return None
    return Picture(message_id, number, row.content_type, content)


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


def place_of(values: Mapping[Any, Any]) -> Place:
    """Where its content stands, by its row's columns and its message's conversation."""
    message_id = values["message_id"]
    return place(
        values["conversation_id"],
        ("pictures", values["id"], "content", message_id),
        kind="picture",
        author=values["fetched_by"],
        at=values["fetched_at"],
        beside=(message_id, values["place"], values["content_type"]),
    )
