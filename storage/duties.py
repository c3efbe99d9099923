"""Duties to report: each stands until somebody says to whom it was reported, or why it was not."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select, text, update

from domain.alias import Alias
from domain.duty import Kind, Outcome, Recipient
from storage import tables
from storage.database import Tx
from storage.desk_tables import aliases
from storage.register_tables import OPEN, duties
from storage.rows import insert_new

T = duties.c
Talk, A = tables.conversations.c, aliases.c

_OPEN = text(OPEN.replace("closed_at", "duties.closed_at"))
"""To the letter as in the partial index, so that it is used."""


@dataclass(frozen=True)
class Duty:
    """One thing that has to be reported, less its words."""

    id: UUID
    conversation_id: UUID
    kind: Kind
    raised_by: UUID | None
    """None: the scripted questions."""
    raised_at: datetime
    due_at: datetime
    told_at: datetime | None = None
    """When coordinators were told that it is overdue."""
    outcome: Outcome | None = None
    recipient: Recipient | None = None
    reported_at: datetime | None = None
    closed_by: UUID | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Listed:
    """One with whose it is."""

    duty: Duty
    alias: Alias | None
    owner_id: UUID | None
    """Who has the conversation."""


_FIELDS = tuple(Duty.__dataclass_fields__)
_COLUMNS = tuple(T[name] for name in _FIELDS)


def _read(row: Sequence[Any]) -> Duty:
    values = dict(zip(_FIELDS, row, strict=False))
    values["kind"] = Kind(values["kind"])
    for name, made in (("outcome", Outcome), ("recipient", Recipient)):
        values[name] = made(values[name]) if values[name] else None
    return Duty(**values)


async def add(tx: Tx, raised: Iterable[Duty]) -> set[UUID]:
    """Those that were added: one of a kind stands open in a conversation at a time."""
    rows = [
        {name: getattr(duty, name) for name in _FIELDS} | {"tell_at": duty.due_at}
        for duty in raised
    ]
    return set(await insert_new(tx, duties, rows, "id"))


async def by_id(tx: Tx, duty_id: UUID) -> Listed | None:
    """One, or None."""
    found = await _listed(tx, _with_talk().where(T.id == duty_id))
    return found[0] if found else None


def _with_talk() -> Select[Any]:
    return (
        select(*_COLUMNS, A.word, A.number, Talk.owner_id)
        .join_from(duties, tables.conversations, Talk.id == T.conversation_id)
        .join(aliases, A.contact_id == Talk.contact_id, isouter=True)
    )


async def _listed(tx: Tx, query: Select[Any]) -> list[Listed]:
    rows = (await tx.conn.execute(query)).all()
    return [Listed(_read(r), Alias(r.word, r.number) if r.word else None, r.owner_id) for r in rows]


async def still_open(tx: Tx, limit: int, *, theirs: UUID | None = None) -> list[Listed]:
    """The one that is due first comes first. `theirs`: only those that this member raised, and
    those in conversations that they have or nobody has."""
    query = _with_talk().where(_OPEN)
    if theirs is not None:
        nobodys = or_(Talk.owner_id.is_(None), Talk.owner_id == theirs)
        query = query.where(or_(nobodys, T.raised_by == theirs))
    return await _listed(tx, query.order_by(T.due_at, T.id).limit(limit))


async def open_of(tx: Tx, conversation_ids: Collection[UUID]) -> list[Listed]:
    """Those that stand open in these conversations, the one that is due first first."""
    query = _with_talk().where(T.conversation_id.in_(conversation_ids), _OPEN)
    return await _listed(tx, query.order_by(T.due_at, T.id))


async def closed_since(tx: Tx, since: datetime, limit: int) -> list[Listed]:
    """Those that were closed since then, the last one first."""
    query = _with_talk().where(T.closed_at >= since)
    return await _listed(tx, query.order_by(T.closed_at.desc()).limit(limit))


async def of_conversations(tx: Tx, conversation_ids: Collection[UUID]) -> list[Duty]:
    """All that there ever were, in order."""
    query = select(*_COLUMNS).where(T.conversation_id.in_(conversation_ids))
    return [_read(row) for row in await tx.conn.execute(query.order_by(T.id))]


async def any_open(tx: Tx, conversation_ids: Collection[UUID]) -> bool:
    """Whether one stands open in any of these."""
    query = select(T.id).where(T.conversation_id.in_(conversation_ids), _OPEN).limit(1)
    return (await tx.conn.execute(query)).first() is not None


async def close(tx: Tx, closed: Duty) -> bool:
    """With its outcome; False where somebody was faster."""
    names = ("outcome", "recipient", "reported_at", "closed_by", "closed_at")
    values = {name: getattr(closed, name) for name in names}
    done = update(duties).where(T.id == closed.id, _OPEN).values(tell_at=None, **values)
    return (await tx.conn.execute(done)).rowcount == 1


async def overdue(tx: Tx, now: datetime, limit: int) -> list[Duty]:
    """Those of which coordinators are to be told, whoever else may be at it."""
    query = select(*_COLUMNS).where(T.tell_at.is_not(None), T.tell_at <= now)
    return [
        _read(row) for row in await tx.conn.execute(query.order_by(T.tell_at, T.id).limit(limit))
    ]


async def any_late(tx: Tx, now: datetime) -> bool:
    """Whether one that stands open should have been reported by now."""
    query = select(T.id).where(_OPEN, T.due_at <= now).limit(1)
    return (await tx.conn.execute(query)).first() is not None


async def told(tx: Tx, duty_id: UUID, now: datetime) -> bool:
    """Coordinators hear of it from this transaction; False where they heard from another."""
    first = update(duties).where(T.id == duty_id, T.tell_at.is_not(None), T.tell_at <= now)
    return (await tx.conn.execute(first.values(tell_at=None, told_at=now))).rowcount == 1
