"""Some of what is written down about staff, as somebody looks through it: the newest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from domain.alias import Alias
from storage import audit, tables
from storage.audit import Entry
from storage.database import Tx
from storage.desk_tables import aliases

T = audit.T.c
C = tables.conversations.c


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for; what is empty leaves nothing out."""

    member_id: UUID | None = None
    acts: Sequence[str] = ()
    object_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Not this moment itself, nor anything later."""
    without: Collection[UUID] = ()
    """What is not about any of these."""


async def before(tx: Tx, wanted: Wanted, number: int, limit: int) -> list[Entry]:
    """The last ones with a lower number."""
    query = select(audit.T).where(T.number < number, *_conditions(wanted))
    rows = await tx.conn.execute(query.order_by(T.number.desc()).limit(limit))
    return [audit.entry_of(row) for row in rows]


async def between(tx: Tx, wanted: Wanted, limit: int) -> list[Entry]:
    """Those of some days, the oldest first."""
    query = select(audit.T).where(*_conditions(wanted)).order_by(T.at, T.number).limit(limit)
    return [audit.entry_of(row) for row in await tx.conn.execute(query)]


async def last(tx: Tx, act: str) -> Entry | None:
    """The last of this act."""
    query = select(audit.T).where(T.act == act).order_by(T.number.desc()).limit(1)
    row = (await tx.conn.execute(query)).first()
    return audit.entry_of(row) if row else None


async def called(tx: Tx, ids: Collection[UUID]) -> dict[UUID, Alias]:
    """Which of these are conversations, and what their contacts are called."""
    query = (
        select(C.id, aliases.c.word, aliases.c.number)
        .join_from(tables.conversations, aliases, aliases.c.contact_id == C.contact_id)
        .where(C.id.in_(ids))
    )
    return {row[0]: Alias(row[1], row[2]) for row in await tx.conn.execute(query)}


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.member_id is not None:
        found.append(T.member_id == wanted.member_id)
    if wanted.acts:
        found.append(T.act.in_(wanted.acts))
    if wanted.object_id is not None:
        found.append(T.object_id == wanted.object_id)
    if wanted.without:
        found.append(or_(T.object_id.is_(None), T.object_id.not_in(wanted.without)))
    if wanted.since is not None:
        found.append(T.at >= wanted.since)
    if wanted.until is not None:
        found.append(T.at < wanted.until)
    return found
