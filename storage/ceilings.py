"""What may leave by itself in an hour, line by line, and what has left in the last one."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from domain.ceiling import HOUR, Limits
from domain.message import Author
from storage import tables
from storage.database import Tx
from storage.door_tables import limits, spending
from storage.rows import upsert

PART = timedelta(minutes=5)
"""What has left is counted in parts of the hour; the hour is at most so much too long."""

S, Sent, M = spending.c, tables.outbox.c, tables.messages.c


async def of_lines(tx: Tx) -> dict[UUID, Limits]:
    """By line, where it has its own; the others have the usual ones."""
    found = await tx.conn.execute(_LIMITS)
    return {row[0]: Limits(row[1], row[2]) for row in found}


_LIMITS = select(limits.c.line_id, limits.c.segments, limits.c.each)
"""Built once: it is asked with every lease."""


async def set_limits(tx: Tx, line_id: UUID, wanted: Limits) -> None:
    """From now on."""
    row = {"segments": wanted.segments, "each": wanted.each}
    await tx.conn.execute(
        upsert(tx, limits)
        .values(line_id=line_id, **row)
        .on_conflict_do_update(index_elements=["line_id"], set_=row)
    )


async def spent(tx: Tx, now: datetime) -> dict[UUID, int]:
    """Segments that left in the last hour, by line."""
    query = (
        select(S.line_id, func.sum(S.segments))
        .where(S.began_at > now - HOUR - PART, S.began_at <= now)
        .group_by(S.line_id)
    )
    return {row[0]: int(row[1]) for row in await tx.conn.execute(query)}


async def spend(tx: Tx, segments: Mapping[UUID, int], now: datetime) -> None:
    """So much leaves now, line by line."""
    began = now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % PART
    statement = upsert(tx, spending)
    adding = statement.on_conflict_do_update(
        index_elements=["line_id", "began_at"],
        set_={"segments": S.segments + statement.excluded.segments},
    )
    for line in sorted(segments):  # two processes that took them in different orders would wait
        row = {"line_id": line, "began_at": began, "segments": segments[line]}
        await tx.conn.execute(adding, [row])


async def forget(tx: Tx, now: datetime) -> None:
    """What is older than any hour that is asked for."""
    await tx.conn.execute(delete(spending).where(S.began_at < now - 2 * HOUR))


async def said_lately(tx: Tx, conversation_ids: Collection[UUID], now: datetime) -> dict[UUID, int]:
    """How many of the machine's texts began to leave in the last hour, by conversation."""
    query = (
        select(Sent.conversation_id, func.count())
        .join_from(tables.outbox, tables.messages, M.id == Sent.message_id)
        .where(Sent.conversation_id.in_(conversation_ids), Sent.first_leased_at > now - HOUR)
        .where(M.author == Author.MACHINE)
        .group_by(Sent.conversation_id)
    )
    return {row[0]: row[1] for row in await tx.conn.execute(query)}
