"""What a counsellor has begun to write: an answer not sent, or a note not kept."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from storage import desk_tables, tables, texts
from storage.database import Tx
from storage.rows import upsert
from storage.texts import Place, place


class Box(Enum):
    """In which box of the page they write, by the table that keeps it."""

    REPLY = tables.drafts
    NOTE = desk_tables.note_drafts


async def keep(
    tx: Tx, box: Box, conversation_id: UUID, member_id: UUID, body: str, now: datetime
) -> None:
    """The newest words replace what was kept; no words forget it."""
    if not body:
        await forget(tx, box, conversation_id, member_id)
        return
    await texts.learn(tx, [conversation_id])
    row = {"conversation_id": conversation_id, "member_id": member_id, "at": now}
    sealed = texts.seal(tx, body, place_of(box, row))
    statement = upsert(tx, box.value).values(**row, body_sealed=sealed)
    await tx.conn.execute(
        statement.on_conflict_do_update(
            index_elements=["conversation_id", "member_id"],
            set_={"body_sealed": statement.excluded.body_sealed, "at": statement.excluded.at},
        )
    )


async def kept(tx: Tx, box: Box, conversation_id: UUID, member_id: UUID) -> str:
    """The kept words, or none; none too when they do not open."""
    b = box.value.c
    theirs = (b.conversation_id == conversation_id) & (b.member_id == member_id)
    query = select(box.value).where(theirs)
    row = (await tx.conn.execute(query)).one_or_none()
    if row is None:
        return ""
    await texts.ready(tx, [(conversation_id, row.body_sealed)])
    return texts.read(tx, row.body_sealed, place_of(box, row._mapping)).body or ""


async def forget(tx: Tx, box: Box, conversation_id: UUID, member_id: UUID) -> None:
    """It was sent or kept as a note, or is not wanted."""
    b = box.value.c
    await tx.conn.execute(
        delete(box.value).where(b.conversation_id == conversation_id, b.member_id == member_id)
    )


async def forget_answers(tx: Tx, conversation_id: UUID) -> None:
    """Nobody goes on answering here."""
    b = Box.REPLY.value.c
    await tx.conn.execute(delete(Box.REPLY.value).where(b.conversation_id == conversation_id))


async def forget_of(tx: Tx, member_id: UUID) -> None:
    """Somebody does not work here any more."""
    for box in Box:
        await tx.conn.execute(delete(box.value).where(box.value.c.member_id == member_id))


def place_of(box: Box, values: Mapping[Any, Any]) -> Place:
    """Where its text stands, by its row's columns."""
    talk, member_id, name = values["conversation_id"], values["member_id"], box.value.name
    old = (name, talk, "body", member_id)
    kind = "draft" if box is Box.REPLY else "note_draft"
    return place(talk, old, kind=kind, author=member_id, at=values["at"])
