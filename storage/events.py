"""What happened, with a running number: pages catch up from the last number they saw."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, literal, select

from storage import tables
from storage.database import Tx
from storage.rows import insert

_NUMBERS_LOCK = 0x75747661

CHANNEL = "utvag_events"
"""Where PostgreSQL tells other processes that there are new numbers; the telling says no more."""


@dataclass(frozen=True)
class Event:
    """One change that open pages want to hear of."""

    conversation_id: UUID
    kind: str
    at: datetime
    member_id: UUID | None = None
    detail: str | None = None


async def add(tx: Tx, events: Sequence[Event]) -> None:
    """Call last in the transaction: the numbers are committed in their order.

    On PostgreSQL a lock is held from here to the commit; without it a reader could see number 5,
    ask for what follows it, and miss number 4, whose transaction was slower.
    """
    if not events:
        return
    tx.told.events = True
    if tx.postgres:
        told = func.pg_notify(CHANNEL, "")
        await tx.conn.execute(select(func.pg_advisory_xact_lock(_NUMBERS_LOCK), told))
    await insert(
        tx,
        tables.events,
        [
            {
                "conversation_id": event.conversation_id,
                "kind": event.kind,
                "member_id": event.member_id,
                "detail": event.detail,
                "at": event.at,
            }
            for event in events
        ],
    )


async def newest(tx: Tx, conversation_id: UUID | None = None) -> int:
    """The number of the last event, of one conversation or of all; 0 when there is none."""
    query = _NEWEST
    if conversation_id is not None:
        query = query.where(tables.events.c.conversation_id == conversation_id)
    return int((await tx.conn.execute(query)).scalar_one())


_NEWEST = select(func.coalesce(func.max(tables.events.c.number), 0))
"""Built once: every open page asks it."""


async def after(
    tx: Tx, number: int, most: int, conversation_id: UUID | None = None
) -> list[tuple[int, UUID]]:
    """The first events after this number, with whose they are: of one conversation or of all."""
    e = tables.events.c
    query = select(e.number, e.conversation_id).where(e.number > number)
    if conversation_id is not None:
        query = query.where(e.conversation_id == conversation_id)
    rows = await tx.conn.execute(query.order_by(e.number).limit(most))
    return [(row.number, row.conversation_id) for row in rows]


async def happened_since(
    tx: Tx,
    conversation_id: UUID,
    kinds: Collection[str],
    since: datetime,
    until: datetime | None = None,
) -> bool:
    """Whether one of these did, to this conversation; `until` that moment, or to this day."""
    e = tables.events.c
    query = select(e.number).where(e.conversation_id == conversation_id, e.kind.in_(kinds))
    query = query.where(e.at >= since)
    if until is not None:
        query = query.where(e.at <= until)
    return (await tx.conn.execute(query.limit(1))).first() is not None


async def last_at(tx: Tx, conversation_id: UUID, kinds: Collection[str]) -> datetime | None:
    """When one of these happened last to this conversation."""
    e = tables.events.c
    query = select(e.at).where(e.conversation_id == conversation_id, e.kind.in_(kinds))
    found: datetime | None = (
        await tx.conn.execute(query.order_by(e.number.desc()).limit(1))
    ).scalar_one_or_none()
    return found


async def count_since(tx: Tx, kind: str, since: datetime) -> int:
    """How often this happened, to whomever."""
    e = tables.events.c
    query = select(func.count()).where(e.kind == kind, e.at >= since)
    return int((await tx.conn.execute(query)).scalar_one())


async def p1s_taken(
    tx: Tx, line_ids: Collection[UUID], since: datetime, until: datetime
) -> dict[UUID, int]:
    """By member, how many P1s of these lines they took within these moments."""
    e, c = tables.events.c, tables.conversations.c
    kind, tier = (literal(said, literal_execute=True) for said in ("taken", "P1"))
    query = (
        select(e.member_id, func.count())
        .join_from(tables.events, tables.conversations, c.id == e.conversation_id)
        .where(e.kind == kind, e.detail == tier, e.at >= since, e.at < until)
        .where(c.line_id.in_(line_ids), e.member_id.is_not(None))
        .group_by(e.member_id)
    )
    return {row[0]: row[1] for row in await tx.conn.execute(query)}


async def known(tx: Tx, conversation_id: UUID, kind: str, member_id: UUID, detail: str) -> bool:
    """Whether this is known of this member."""
    e = tables.events.c
    query = select(e.number).where(e.conversation_id == conversation_id, e.kind == kind)
    query = query.where(e.member_id == member_id, e.detail == detail)
    return (await tx.conn.execute(query.limit(1))).first() is not None


async def of_conversation(tx: Tx, conversation_id: UUID) -> list[Event]:
    """Everything that happened to a conversation, in order."""
    e = tables.events.c
    rows = await tx.conn.execute(
        select(e.conversation_id, e.kind, e.at, e.member_id, e.detail)
        .where(e.conversation_id == conversation_id)
        .order_by(e.number)
    )
    return [Event(*row) for row in rows]
