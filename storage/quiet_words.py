"""Quiet words: sealed with their contacts' texts, so that only who was admitted opens one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select

from storage import texts
from storage.database import Tx
from storage.rows import upsert
from storage.safe_tables import quiet_words
from storage.texts import Place, place

T = quiet_words.c


@dataclass(frozen=True)
class QuietWord:
    """What was agreed upon with one contact."""

    word: str | None = field(repr=False)
    """None where it does not open for whoever looks."""
    how: str
    member_id: UUID
    agreed_at: datetime


def place_of(values: Mapping[Any, Any]) -> Place:
    """Where it stands, by its row's columns."""
    talk, contact = values["conversation_id"], values["contact_id"]
    return place(
        talk,
        ("quiet_words", contact, "word", talk),
        kind="quiet word",
        author=values["member_id"],
        at=values["agreed_at"],
        beside=(values["how"],),
    )


async def agree(
    tx: Tx,
    contact_id: UUID,
    conversation_id: UUID,
    word: str,
    *,
    how: str,
    member_id: UUID,
    now: datetime,
) -> None:
    """In the place of an earlier one. The contact is locked."""
    await texts.learn(tx, [conversation_id])
    row: dict[str, Any] = {
        "contact_id": contact_id,
        "conversation_id": conversation_id,
        "how": str(how),
        "member_id": member_id,
        "agreed_at": now,
    }
    row["word_sealed"] = texts.seal(tx, word, place_of(row))
    statement = upsert(tx, quiet_words).values(**row)
    await tx.conn.execute(statement.on_conflict_do_update(index_elements=["contact_id"], set_=row))


async def of_contact(tx: Tx, contact_id: UUID) -> QuietWord | None:
    """What holds now."""
    found = await _read(tx, T.contact_id == contact_id)
    return next(iter(found.values()), None)


async def of_conversations(tx: Tx, conversation_ids: Collection[UUID]) -> dict[UUID, QuietWord]:
    """By conversation, where there is one."""
    return await _read(tx, T.conversation_id.in_(conversation_ids))


async def _read(tx: Tx, which: ColumnElement[bool]) -> dict[UUID, QuietWord]:
    rows = (await tx.conn.execute(select(quiet_words).where(which))).all()
    await texts.ready(tx, [(row.conversation_id, row.word_sealed) for row in rows])
    return {
        row.conversation_id: QuietWord(
            texts.read(tx, row.word_sealed, place_of(row._mapping)).body,
            row.how,
            row.member_id,
            row.agreed_at,
        )
        for row in rows
    }


async def forget(tx: Tx, contact_ids: Collection[UUID]) -> bool:
    """These have none any more; whether one had."""
    gone = delete(quiet_words).where(T.contact_id.in_(contact_ids))
    return (await tx.conn.execute(gone)).rowcount > 0
