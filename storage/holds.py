"""Which conversations are kept from every deletion for a while, on what ground and until when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, update

from domain.alias import Alias
from domain.hold import Ground
from storage import tables
from storage.database import Tx
from storage.deletion_tables import holds
from storage.desk_tables import aliases
from storage.ids import new_id
from storage.rows import insert

T, Talk, A = holds.c, tables.conversations.c, aliases.c


@dataclass(frozen=True)
class Hold:
    """One that stands."""

    conversation_id: UUID
    ground: Ground
    by: UUID
    at: datetime
    until: datetime


def stands(now: datetime) -> ColumnElement[bool]:
    """Of a hold: nobody lifted it, and it has not ended by itself."""
    return T.lifted_at.is_(None) & (T.until > now)


def _query(now: datetime) -> Select[Any]:
    columns = (T.conversation_id, T.ground, T.by_id, T.at, T.until, A.word, A.number)
    return (
        select(*columns)
        .join_from(holds, tables.conversations, Talk.id == T.conversation_id)
        .join(aliases, A.contact_id == Talk.contact_id, isouter=True)
        .where(stands(now))
        .order_by(T.until, T.id)
    )


def _read(row: Any) -> Hold:
    return Hold(row.conversation_id, Ground(row.ground), row.by_id, row.at, row.until)


async def standing(tx: Tx, conversation_ids: Collection[UUID], now: datetime) -> list[Hold]:
    """Those on these conversations; one on each at most."""
    query = _query(now).where(T.conversation_id.in_(conversation_ids))
    return [_read(row) for row in await tx.conn.execute(query)]


async def every(tx: Tx, now: datetime) -> list[tuple[Hold, Alias | None]]:
    """All that stand, the one that ends first first."""
    rows = await tx.conn.execute(_query(now))
    return [(_read(row), Alias(row.word, row.number) if row.word else None) for row in rows]


async def put(tx: Tx, hold: Hold) -> None:
    """In place of one that stood. The contact is locked."""
    await lift(tx, [hold.conversation_id], hold.by, hold.at)
    row = {"conversation_id": hold.conversation_id, "ground": hold.ground, "by_id": hold.by}
    row |= {"id": new_id(hold.at), "at": hold.at, "until": hold.until}
    await insert(tx, holds, [row])


async def lift(tx: Tx, conversation_ids: Collection[UUID], by: UUID, now: datetime) -> bool:
    """Whether one stood there; one that has ended by itself is put aside without a word."""
    theirs = update(holds).where(T.conversation_id.in_(conversation_ids), T.lifted_at.is_(None))
    lifted = await tx.conn.execute(theirs.values(lifted_at=now, lifted_by=by).returning(T.until))
    return any(until > now for until in lifted.scalars())
