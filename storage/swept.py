"""Up to which message, and which row of the outbox, was the provider asked to forget the words?"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from domain.message import Author, Channel
from storage import tables
from storage.database import Tx
from storage.deletion_tables import swept
from storage.rows import insert_new

M, O, Talk, P = tables.messages, tables.outbox, tables.conversations, tables.contacts  # noqa: E741 - as in outbox

NOTHING = UUID(int=0)


@dataclass(frozen=True)
class Row:
    """A message of theirs, or a row of the outbox."""

    id: UUID
    channel: Channel
    at: datetime
    provider_id: str = ""
    outbox_id: UUID | None = None


async def up_to(tx: Tx, name: str) -> UUID:
    """The id that was passed last."""
    await insert_new(tx, swept, [{"name": name, "up_to": NOTHING}], "name")
    query = select(swept.c.up_to).where(swept.c.name == name)
    found: UUID = (
        await tx.conn.execute(query.with_for_update() if tx.postgres else query)
    ).scalar_one()
    return found


async def move(tx: Tx, name: str, since: UUID, to: UUID) -> bool:
    """One conditional update; False when another process has passed it meanwhile."""
    moved = update(swept).where(swept.c.name == name, swept.c.up_to == since).values(up_to=to)
    return (await tx.conn.execute(moved)).rowcount == 1


def _before(moment: datetime) -> UUID:
    """The first id of that moment (storage.ids)."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


async def heard(tx: Tx, since: UUID, until: datetime, limit: int) -> list[Row]:
    """What was written after `since` and before `until`, in order; only what contacts wrote has a
    provider's id."""
    query = (
        select(M.c.id, P.c.channel, M.c.at, M.c.provider_id, M.c.author)
        .join_from(M, Talk, Talk.c.id == M.c.conversation_id)
        .join(P, P.c.id == Talk.c.contact_id)
        .where(M.c.id > since, M.c.id < _before(until))
        .order_by(M.c.id)
        .limit(limit)
    )
    return [
        Row(row.id, Channel(row.channel), row.at, _named(row.author, row.provider_id))
        for row in await tx.conn.execute(query)
    ]


def _named(author: str, provider_id: str | None) -> str:
    return provider_id or "" if author == Author.CONTACT else ""


async def sent(tx: Tx, since: UUID, until: datetime, limit: int) -> list[Row]:
    """The rows of the outbox that were made after `since` and before `until`, in order."""
    query = select(O.c.id, O.c.channel, O.c.made_at).where(O.c.id > since, O.c.id < _before(until))
    rows = await tx.conn.execute(query.order_by(O.c.id).limit(limit))
    return [Row(row.id, Channel(row.channel), row.made_at, outbox_id=row.id) for row in rows]
