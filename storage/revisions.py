"""What a message says since its writer changed it; the original stays beside it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from storage import channel_tables, texts
from storage.database import Tx
from storage.rows import insert
from storage.tables import messages
from storage.texts import Place, place

T = channel_tables.revisions


@dataclass(frozen=True)
class Revision:
    """One later version of a message."""

    id: UUID
    message_id: UUID
    at: datetime
    """When the channel says that it was changed."""
    body: str | None
    """None once it was redacted, where its message was before it came, and where it does not
    open."""
    unreadable: bool = False
    """Its seal is broken."""
    sealed: bool = False
    """It does not open for whoever reads it here."""


def place_of(values: Mapping[Any, Any]) -> Place:
    """Where its text stands, by its row's columns and its message's conversation."""
    row, message_id = values["id"], values["message_id"]
    return place(
        values["conversation_id"],
        ("revisions", row, "body", message_id),
        kind="edit",
        author="contact",
        at=values["at"],
        revision=row,
        beside=(message_id,),
    )


async def add(tx: Tx, conversation_id: UUID, revision: Revision) -> None:
    """Add a version, sealed to its message."""
    row = {"id": revision.id, "message_id": revision.message_id, "at": revision.at}
    sealed = None
    if revision.body is not None:
        await texts.learn(tx, [conversation_id])
        where = place_of({**row, "conversation_id": conversation_id})
        sealed = texts.seal(tx, revision.body, where)
    await insert(tx, T, [row | {"body_sealed": sealed}])


_OF_TALKS = select(T, messages.c.conversation_id).join_from(
    T, messages, messages.c.id == T.c.message_id
)


async def of_message(tx: Tx, message_id: UUID) -> list[Revision]:
    """All versions of one message after the first, the oldest first."""
    query = _OF_TALKS.where(T.c.message_id == message_id).order_by(T.c.at, T.c.id)
    return [edit for _, edit in await _read_all(tx, await tx.conn.execute(query))]


async def before(
    tx: Tx, within: Collection[UUID], revision_id: UUID, limit: int
) -> list[tuple[UUID, Revision]]:
    """Versions in these conversations that stand before this id, newest first, each with its
    conversation."""
    query = (
        _OF_TALKS.where(messages.c.conversation_id.in_(within))
        .where(T.c.id < revision_id, T.c.body_sealed.is_not(None))
        .order_by(T.c.id.desc())
        .limit(limit)
    )
    return await _read_all(tx, await tx.conn.execute(query))


async def of_conversation(tx: Tx, conversation_id: UUID) -> dict[UUID, list[Revision]]:
    """By message: its later versions, the oldest first."""
    theirs = messages.c.conversation_id == conversation_id
    query = _OF_TALKS.where(theirs).order_by(T.c.at, T.c.id)
    found: dict[UUID, list[Revision]] = {}
    for _, edit in await _read_all(tx, await tx.conn.execute(query)):
        found.setdefault(edit.message_id, []).append(edit)
    return found


async def redact(tx: Tx, message_id: UUID) -> None:
    """Destroy the text of every version of this message but the first, which lies elsewhere."""
    await tx.conn.execute(update(T).where(T.c.message_id == message_id).values(body_sealed=None))


async def _read_all(tx: Tx, found: Iterable[Row[Any]]) -> list[tuple[UUID, Revision]]:
    rows = list(found)
    await texts.ready(tx, [(row.conversation_id, row.body_sealed) for row in rows])
    return [(row.conversation_id, _read(tx, row)) for row in rows]


def _read(tx: Tx, row: Row[Any]) -> Revision:
    words = texts.read(tx, row.body_sealed, place_of(row._mapping))
    return Revision(id=row.id, message_id=row.message_id, at=row.at, **words._asdict())
