"""What those who wait are told: when the next message is due, what they were asked and chose."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, bindparam, case, delete, literal, null, or_, select, update

from domain.conversation import State
from domain.priority import TARGETS, Tier
from storage import tables
from storage.database import Tx
from storage.moments import Moment
from storage.rows import upsert
from storage.wait_tables import waits

T = waits.c
Talk = tables.conversations.c

LATELY = timedelta(days=30)
"""Older waits say nothing of how it is now."""

MOST = 400

LEFT_ALONE = frozenset({"later", "no"})
"""Choices of those who will write themselves: nothing leaves by itself until they do."""


@dataclass(frozen=True)
class Wait:
    """One conversation's wait for a person, the latest one."""

    conversation_id: UUID
    line_id: UUID
    tier: Tier
    since: datetime
    """When the questions were over."""
    told: int = 0
    """Waiting messages that are behind."""
    due_at: datetime | None = None
    """When the next one is due; None: they are told nothing more."""
    asked: str | None = None
    """The text that asked them something, which they have not answered yet or have."""
    asked_at: datetime | None = None
    chosen: str | None = None
    answered_at: datetime | None = None
    """When a person first answered."""
    unreached_at: datetime | None = None
    """Nobody could be reached about it, up to the ladder's end."""
    unreached_told_at: datetime | None = None


_FIELDS = tuple(Wait.__dataclass_fields__)
_COLUMNS = tuple(T[name] for name in _FIELDS)


def _read(row: Sequence[Any]) -> Wait:
    values = dict(zip(_FIELDS, row, strict=True))
    values["tier"] = Tier(values["tier"])
    return Wait(**values)


async def save(tx: Tx, changed: Sequence[Wait]) -> None:
    """Write these down, new or not. Their conversations are locked."""
    if not changed:
        return
    rows = [{name: getattr(wait, name) for name in _FIELDS} for wait in changed]
    statement = upsert(tx, waits)
    again = {name: statement.excluded[name] for name in _FIELDS if name != "conversation_id"}
    await tx.conn.execute(
        statement.on_conflict_do_update(index_elements=["conversation_id"], set_=again), rows
    )


async def forget(tx: Tx, conversation_ids: Collection[UUID]) -> None:
    """These wait for nobody, or begin anew."""
    if conversation_ids:
        await tx.conn.execute(delete(waits).where(T.conversation_id.in_(conversation_ids)))


async def of_conversations(tx: Tx, conversation_ids: Iterable[UUID]) -> dict[UUID, Wait]:
    """By conversation, where there is one."""
    query = select(*_COLUMNS).where(T.conversation_id.in_(set(conversation_ids)))
    return {wait.conversation_id: wait for wait in map(_read, await tx.conn.execute(query))}


async def due(tx: Tx, now: datetime, limit: int) -> list[UUID]:
    """The contacts who are to be told something now, whoever else may be at it."""
    return list((await tx.conn.execute(_DUE, {"now": now, "limit": limit})).scalars())


_DUE = (
    select(Talk.contact_id)
    .join_from(waits, tables.conversations, Talk.id == T.conversation_id)
    .where(T.due_at.is_not(None), T.due_at <= bindparam("now", type_=Moment()))
    .order_by(T.due_at)
    .limit(bindparam("limit", type_=Integer()))
)
"""Built once: it is asked with every look."""


ANY_DUE = select(T.conversation_id).where(
    T.due_at.is_not(None), T.due_at <= bindparam("now", type_=Moment())
)


async def answered(tx: Tx, conversation_id: UUID, tier: Tier, now: datetime) -> None:
    """A person has answered; the first time counts."""
    first = update(waits).where(T.conversation_id == conversation_id, T.answered_at.is_(None))
    await tx.conn.execute(first.values(answered_at=now, tier=tier, due_at=None))


async def unreached(tx: Tx, conversation_id: UUID, now: datetime) -> None:
    """Nobody can be reached about it: whoever waits is told so next, once; whoever will write is
    when they have."""
    known = update(waits).where(T.conversation_id == conversation_id, T.unreached_at.is_(None))
    due_at = case((T.chosen.in_(LEFT_ALONE), null()), else_=literal(now, Moment()))
    await tx.conn.execute(known.values(unreached_at=now, due_at=due_at))


async def lately(tx: Tx, line_id: UUID, now: datetime) -> dict[Tier, list[timedelta]]:
    """How long each waited for a person on this line, by tier.

    Those who still wait beyond their target count with what they have waited so far, or nobody
    would hear of a wait that has become long before it is over.
    """
    query = (
        select(T.tier, T.since, T.answered_at)
        .join_from(waits, tables.conversations, Talk.id == T.conversation_id)
        .where(T.line_id == line_id, T.since >= now - LATELY, T.since <= now)
        .where(or_(T.answered_at.is_not(None), Talk.state == State.WAITING))
        .order_by(T.since.desc())
        .limit(MOST)
    )
    found: dict[Tier, list[timedelta]] = {tier: [] for tier in Tier}
    for row in await tx.conn.execute(query):
        tier, so_far = Tier(row.tier), (row.answered_at or now) - row.since
        if row.answered_at is not None or so_far > TARGETS[tier]:
            found[tier].append(max(so_far, timedelta()))
    return found
