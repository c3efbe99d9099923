"""How far the scripted questions have come, and when their next step is due."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from storage import tables
from storage.database import Tx
from storage.encryption import SealBroken
from storage.moments import Moment
from storage.rows import change, first_of, insert

T = tables.triages


@dataclass(frozen=True)
class Triage:
    """One run of a script with one contact."""

    id: UUID
    conversation_id: UUID
    script_version: str
    returning: bool
    state: Mapping[str, Any] | None
    """The engine's own state; None before the first question."""
    danger: bool
    """A text held a sign of danger that the machine has not answered."""
    question_row_id: UUID | None
    began_at: datetime
    answer_due_at: datetime | None
    answer_latest_at: datetime | None
    """However much more is written, the machine answers by then."""
    silence_due_at: datetime | None
    ended_at: datetime | None


_PLAIN = tuple(name for name in Triage.__dataclass_fields__ if name != "state")
COLUMNS = (*(T.c[name] for name in _PLAIN), T.c.state_sealed)


def read(tx: Tx, row: Sequence[object]) -> Triage:
    """A triage out of a row that begins with `COLUMNS`."""
    values = first_of(row, (*_PLAIN, "state"))
    sealed = values["state"]
    values["state"] = _state(tx, sealed, values["id"]) if sealed else None
    return Triage(**values)


def _state(tx: Tx, sealed: bytes, triage_id: UUID) -> dict[str, Any]:
    """A state whose seal is broken is an empty one, with which the engine hands over."""
    try:
        state: dict[str, Any] = json.loads(
            tx.keys.open("text", sealed, "triages", triage_id, "state")
        )
    except SealBroken:
        return {}
    return state


async def running(tx: Tx, conversation_ids: Iterable[UUID]) -> dict[UUID, Triage]:
    """By conversation: those that have not ended."""
    query = select(*COLUMNS).where(
        T.c.conversation_id.in_(set(conversation_ids)), T.c.ended_at.is_(None)
    )
    return {t.conversation_id: t for t in (read(tx, r) for r in await tx.conn.execute(query))}


async def of_conversation(tx: Tx, conversation_id: UUID) -> list[Triage]:
    """Every run with this contact, the first one first."""
    query = select(*COLUMNS).where(T.c.conversation_id == conversation_id).order_by(T.c.id)
    return [read(tx, row) for row in await tx.conn.execute(query)]


async def due(tx: Tx, now: datetime, *, silent: bool, limit: int) -> list[tuple[UUID, UUID]]:
    """Triages whose answer (or whose silence) is due, as (conversation, contact), unlocked."""
    at = T.c.silence_due_at if silent else T.c.answer_due_at
    c = tables.conversations.c
    query = (
        select(T.c.conversation_id, c.contact_id)
        .join_from(T, tables.conversations, c.id == T.c.conversation_id)
        .where(at <= now, T.c.ended_at.is_(None))
        .order_by(at)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in await tx.conn.execute(query)]


async def any_due(tx: Tx, now: datetime, *, silent: bool) -> bool:
    """Whether there is one, so that nobody takes the writer's place for nothing."""
    return (await tx.conn.execute(_ANY_DUE[silent], {"now": now})).first() is not None


_ANY_DUE = {
    silent: select(T.c.id)
    .where(at <= bindparam("now", type_=Moment()), T.c.ended_at.is_(None))
    .limit(1)
    for silent, at in ((True, T.c.silence_due_at), (False, T.c.answer_due_at))
}
"""Built once: it is asked with every look."""


async def add(tx: Tx, triages: Sequence[Triage]) -> None:
    """Add new runs."""
    await insert(tx, T, [_row(tx, triage) for triage in triages])


async def save(tx: Tx, triages: Sequence[Triage]) -> None:
    """Write back runs whose contact this transaction has locked."""
    await change(tx, T, [_row(tx, triage) for triage in triages])


async def touch(tx: Tx, triages: Sequence[Triage]) -> None:
    """Write back due times and the danger mark, not the engine's state."""
    names = ("id", "danger", "answer_due_at", "answer_latest_at", "silence_due_at", "ended_at")
    await change(tx, T, [{name: getattr(t, name) for name in names} for t in triages])


def _row(tx: Tx, triage: Triage) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(triage, name) for name in _PLAIN}
    row["state_sealed"] = (
        tx.keys.seal("text", json.dumps(triage.state), "triages", triage.id, "state")
        if triage.state is not None
        else None
    )
    return row
