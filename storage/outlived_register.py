"""Entries of the register that have stood for its term go, with their words: they count from when
they were settled, and one that is not settled never goes.

Triggers let entries be removed in no other step than the night's of this name.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CompoundSelect,
    Select,
    Table,
    delete,
    func,
    literal,
    or_,
    select,
    union_all,
)

from storage import tables
from storage.database import Tx
from storage.held import held
from storage.register_tables import (
    agreements,
    disclosures,
    duties,
    exports,
    register_words,
    stranger_words,
)

Talk, P = tables.conversations.c, tables.contacts.c

STEP = "register"
"""As `retention_nights` has it, and the triggers know it."""

ENDED: Mapping[Table, tuple[str, ...]] = {
    duties: ("closed_at",),
    disclosures: ("given_at", "refused_at"),
    exports: ("at",),
}
"""By table: what says when an entry was settled."""


@dataclass(frozen=True)
class Entry:
    """One that is to go."""

    id: UUID
    table: str
    conversation_id: UUID | None
    contact_id: UUID | None


def _of(table: Table, ended: Sequence[str], before: datetime, now: datetime) -> Select[Any]:
    entry = table.alias("entry")  # `held` asks the same tables
    c = entry.c
    over = or_(*(c[name] <= before for name in ended))
    return (
        select(
            c.id.label("id"),
            literal(table.name).label("name"),
            c.conversation_id.label("talk"),
            Talk.contact_id.label("contact"),
        )
        .join_from(entry, tables.conversations, Talk.id == c.conversation_id, isouter=True)
        .join(tables.contacts, P.id == Talk.contact_id, isouter=True)
        .where(over, or_(c.conversation_id.is_(None), ~held(now)))
    )


def _all(before: datetime, now: datetime) -> CompoundSelect[Any]:
    return union_all(*(_of(table, ended, before, now) for table, ended in ENDED.items()))


async def some(
    tx: Tx, before: datetime, now: datetime, after: UUID | None, limit: int
) -> list[Entry]:
    """The next few, in the order of their ids."""
    found = _all(before, now).subquery()
    query = select(found).order_by(found.c.id).limit(limit)
    if after is not None:
        query = query.where(found.c.id > after)
    return [Entry(*row) for row in await tx.conn.execute(query)]


async def count(tx: Tx, before: datetime, now: datetime) -> int:
    """How many are to go."""
    query = select(func.count()).select_from(_all(before, now).subquery())
    return int((await tx.conn.execute(query)).scalar_one())


async def remove(tx: Tx, entries: Collection[Entry]) -> None:
    """Words first, then who agreed, then the entries themselves."""
    ids = [entry.id for entry in entries]
    for words in (register_words, stranger_words):
        await tx.conn.execute(delete(words).where(words.c.entry_id.in_(ids)))
    await tx.conn.execute(delete(agreements).where(agreements.c.disclosure_id.in_(ids)))
    for table in ENDED:
        theirs = [entry.id for entry in entries if entry.table == table.name]
        if theirs:
            await tx.conn.execute(delete(table).where(table.c.id.in_(theirs)))
