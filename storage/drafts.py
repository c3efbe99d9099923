"""What a counsellor has begun to write and not sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from storage import tables, texts
from storage.database import Tx
from storage.rows import upsert
from storage.texts import Place, place

T = tables.drafts


async def keep(tx: Tx, conversation_id: UUID, member_id: UUID, body: str, now: datetime) -> None:
    """The newest words replace what was kept; no words forget it."""
    if not body:
        await forget(tx, conversation_id, member_id)
        return
    await texts.learn(tx, [conversation_id])
    row = {"conversation_id": conversation_id, "member_id": member_id, "at": now}
    sealed = texts.seal(tx, body, place_of(row))
    statement = upsert(tx, T).values(**row, body_sealed=sealed)
    await tx.conn.execute(
        statement.on_conflict_do_update(
            index_elements=["conversation_id", "member_id"],
            set_={"body_sealed": statement.excluded.body_sealed, "at": statement.excluded.at},
        )
    )


async def kept(tx: Tx, conversation_id: UUID, member_id: UUID) -> str:
    """The kept words, or none; none too when they do not open."""
    theirs = (T.c.conversation_id == conversation_id) & (T.c.member_id == member_id)
    query = select(T).where(theirs)
    row = (await tx.conn.execute(query)).one_or_none()
    if row is None:
        return ""
    await texts.ready(tx, [(conversation_id, row.body_sealed)])
    return texts.read(tx, row.body_sealed, place_of(row._mapping)).body or ""


async def forget(tx: Tx, conversation_id: UUID, member_id: UUID) -> None:
    """It was sent, or is not wanted."""
    await tx.conn.execute(
        delete(T).where(T.c.conversation_id == conversation_id, T.c.member_id == member_id)
    )


async def forget_all(tx: Tx, conversation_id: UUID) -> None:
    """Nobody goes on writing here."""
    await tx.conn.execute(delete(T).where(T.c.conversation_id == conversation_id))


async def forget_of(tx: Tx, member_id: UUID) -> None:
    """Somebody does not work here any more."""
    await tx.conn.execute(delete(T).where(T.c.member_id == member_id))


def place_of(values: Mapping[Any, Any]) -> Place:
    """Where its text stands, by its row's columns."""
    talk, member_id = values["conversation_id"], values["member_id"]
    old = ("drafts", talk, "body", member_id)
    return place(talk, old, kind="draft", author=member_id, at=values["at"])
