"""Internal notes: in a table of their own, so that none can ever become a message."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from storage import tables, texts
from storage.database import Tx
from storage.ids import new_id
from storage.rows import insert_new
from storage.texts import Place, place

T = tables.notes


class Purpose(StrEnum):
    """What a note was written for."""

    NOTE = "note"
    """For all colleagues."""
    ASIDE = "aside"
    """From a coordinator, for the counsellor alone."""
    HANDOVER = "handover"
    """For whoever has the conversation next."""
    PROMISED = "promised"
    """The same: what the contact was promised."""


@dataclass(frozen=True)
class Note:
    """What a counsellor wrote for colleagues."""

    id: UUID
    member_id: UUID
    body: str | None
    """None once it was redacted, and where it does not open."""
    at: datetime
    unreadable: bool = False
    """Its seal is broken, so that `body` is None although nobody redacted it."""
    sealed: bool = False
    """Whoever reads was not admitted."""
    purpose: Purpose = Purpose.NOTE
    only_for: UUID | None = None
    """Nobody reads it but its writer and this member; None: everybody who reads does."""

    def is_for(self, member_id: UUID) -> bool:
        """Whether this member may read it."""
        return self.only_for is None or member_id in {self.only_for, self.member_id}


async def add(
    tx: Tx,
    conversation_id: UUID,
    member_id: UUID,
    body: str,
    form_key: UUID,
    now: datetime,
    purpose: Purpose = Purpose.NOTE,
    *,
    only_for: UUID | None = None,
) -> bool:
    """Add a note; False when this form was sent before."""
    row = new_id(now)
    await texts.learn(tx, [conversation_id])
    values: dict[str, Any] = {
        "id": row,
        "conversation_id": conversation_id,
        "member_id": member_id,
        "purpose": purpose,
        "only_for": only_for,
        "form_key": form_key,
        "at": now,
    }
    values["body_sealed"] = texts.seal(tx, body, place_of(values))
    added = await insert_new(tx, T, [values], "id")
    return bool(added)


async def known(tx: Tx, form_key: UUID) -> bool:
    """Whether this form was sent before."""
    query = select(T.c.id).where(T.c.form_key == form_key)
    return (await tx.conn.execute(query)).first() is not None


async def of_conversation(tx: Tx, conversation_id: UUID) -> list[Note]:
    """All notes, in order."""
    query = select(T).where(T.c.conversation_id == conversation_id).order_by(T.c.id)
    return [note for _, note in await _read_all(tx, await tx.conn.execute(query))]


async def before(
    tx: Tx, within: Collection[UUID], note_id: UUID, limit: int
) -> list[tuple[UUID, Note]]:
    """Notes for everybody in these conversations that stand before this id, newest first, each
    with its conversation."""
    query = (
        select(T)
        .where(T.c.conversation_id.in_(within), T.c.id < note_id)
        .where(T.c.body_sealed.is_not(None), T.c.only_for.is_(None))
        .order_by(T.c.id.desc())
        .limit(limit)
    )
    return await _read_all(tx, await tx.conn.execute(query))


async def _read_all(tx: Tx, found: Iterable[Row[Any]]) -> list[tuple[UUID, Note]]:
    rows = list(found)
    await texts.ready(tx, [(row.conversation_id, row.body_sealed) for row in rows])
    return [(row.conversation_id, _read(tx, row)) for row in rows]


def _read(tx: Tx, row: Row[Any]) -> Note:
    purpose = Purpose(row.purpose or Purpose.NOTE)
    where = place_of(row._mapping)
    words = texts.read(tx, row.body_sealed, where)
    return Note(
        id=row.id,
        member_id=row.member_id,
        at=row.at,
        purpose=purpose,
        only_for=row.only_for,
        **words._asdict(),
    )


def place_of(values: Mapping[Any, Any]) -> Place:
    """Where its text stands, by its row's columns."""
    talk = values["conversation_id"]
    return place(
        talk,
        ("notes", values["id"], "body", talk),
        kind=str(values["purpose"] or Purpose.NOTE),
        author=values["member_id"],
        at=values["at"],
        beside=(values["only_for"],),
    )


async def redact(tx: Tx, conversation_id: UUID, note_id: UUID, now: datetime) -> bool:
    """Destroy the text of a note; False when there is no such note."""
    result = await tx.conn.execute(
        update(T)
        .where(T.c.id == note_id, T.c.conversation_id == conversation_id)
        .values(body_sealed=None, redacted_at=now)
    )
    return result.rowcount == 1
