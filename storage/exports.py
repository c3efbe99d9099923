"""Which files were made of all that is held about a contact: by whom, when and on what ground."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.alias import Alias
from domain.export import Ground
from storage import tables
from storage.database import Tx
from storage.desk_tables import aliases
from storage.register_tables import exports
from storage.rows import insert

T = exports.c
Talk, A = tables.conversations.c, aliases.c


@dataclass(frozen=True)
class Export:
    """One file, less its words."""

    id: UUID
    conversation_id: UUID
    member_id: UUID
    ground: Ground
    held_back: int
    at: datetime


_FIELDS = tuple(Export.__dataclass_fields__)
_COLUMNS = tuple(T[name] for name in _FIELDS)


def _read(row: Any) -> Export:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Export(**values | {"ground": Ground(row.ground)})


async def add(tx: Tx, made: Export) -> None:
    """It is about to be made."""
    await insert(tx, exports, [{name: getattr(made, name) for name in _FIELDS}])


async def latest(tx: Tx, limit: int) -> list[tuple[Export, Alias | None]]:
    """The newest first."""
    query = (
        select(*_COLUMNS, A.word, A.number)
        .join_from(exports, tables.conversations, Talk.id == T.conversation_id)
        .join(aliases, A.contact_id == Talk.contact_id, isouter=True)
    )
    rows = (await tx.conn.execute(query.order_by(T.id.desc()).limit(limit))).all()
    return [(_read(row), Alias(row.word, row.number) if row.word else None) for row in rows]


async def of_conversations(tx: Tx, conversation_ids: Collection[UUID]) -> list[Export]:
    """All that there ever were, in order."""
    query = select(*_COLUMNS).where(T.conversation_id.in_(conversation_ids))
    return [_read(row) for row in await tx.conn.execute(query.order_by(T.id))]
