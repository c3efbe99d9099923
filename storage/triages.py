"""How far the scripted questions have come, and when their next step is due.

While they run the machine goes on with them, so their state lies under the server's key; once they
have ended it is sealed as a text.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from storage import tables, texts
from storage.database import Tx
from storage.encryption import SealBroken
from storage.moments import Moment
from storage.rows import change, differing, first_of, insert, made
from storage.texts import Place, place

T = tables.triages


@dataclass(frozen=True)
class Triage:
    """One run of a script with one contact."""

    id: UUID
    conversation_id: UUID
    script_version: str
    returning: bool
    state: Mapping[str, Any] | None
    """The engine's own state; None before the first question, and where it is sealed."""
    danger: bool
    """A text held a sign of danger that the machine has not answered."""
    question_row_id: UUID | None
    began_at: datetime
    answer_due_at: datetime | None
    answer_latest_at: datetime | None
    """However much more is written, the machine answers by then."""
    silence_due_at: datetime | None
    ended_at: datetime | None
    sealed: bool = False
    """It has ended, and whoever reads was not admitted."""


_PLAIN = tuple(name for name in Triage.__dataclass_fields__ if name not in {"state", "sealed"})
COLUMNS = (*(T.c[name] for name in _PLAIN), T.c.state_sealed)
_FIXED = {"id", "conversation_id", "returning", "began_at", "sealed"}
_CHANGING = tuple(name for name in Triage.__dataclass_fields__ if name not in _FIXED)


def _by_machine(tx: Tx, row: Sequence[object]) -> Triage:
    """A triage that runs, out of a row that begins with `COLUMNS`.

    A state whose seal is broken is an empty one, with which the engine hands over.
    """
    values = first_of(row, (*_PLAIN, "state"))
    sealed = values["state"]
    try:
        old = place_of(values).old
        values["state"] = json.loads(tx.keys.open("text", sealed, *old)) if sealed else None
    except SealBroken:
        values["state"] = {}
    return made(Triage, values | {"sealed": False})


def _read(tx: Tx, values: dict[str, Any]) -> Triage:
    words = texts.read(tx, values["state"], place_of(values))
    values["state"] = {} if words.unreadable else None
    if words.body is not None:
        values["state"] = json.loads(words.body)
    return Triage(**values, sealed=words.sealed)


def place_of(values: Mapping[Any, Any]) -> Place:
    """Where a state stands, once it has ended, by its row's columns."""
    row = values["id"]
    return place(
        values["conversation_id"],
        ("triages", row, "state"),
        kind="state",
        author=values["script_version"],
        at=values["began_at"],
    )


async def running(tx: Tx, conversation_ids: Iterable[UUID]) -> dict[UUID, Triage]:
    """By conversation: those that have not ended."""
    query = select(*COLUMNS).where(
        T.c.conversation_id.in_(set(conversation_ids)), T.c.ended_at.is_(None)
    )
    runs = [_by_machine(tx, row) for row in await tx.conn.execute(query)]
    return {run.conversation_id: run for run in runs}


async def of_conversation(tx: Tx, conversation_id: UUID) -> list[Triage]:
    """Every run with this contact, the first one first, for whoever reads."""
    query = select(*COLUMNS).where(T.c.conversation_id == conversation_id).order_by(T.c.id)
    rows = await tx.conn.execute(query)
    found = [first_of(row, (*_PLAIN, "state")) for row in rows]
    await texts.ready(tx, [(values["conversation_id"], values["state"]) for values in found])
    return [_read(tx, values) for values in found]


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
    return (await tx.conn.execute(ANY_DUE[silent], {"now": now})).first() is not None


ANY_DUE = {
    silent: select(T.c.id)
    .where(at <= bindparam("now", type_=Moment()), T.c.ended_at.is_(None))
    .limit(1)
    for silent, at in ((True, T.c.silence_due_at), (False, T.c.answer_due_at))
}
"""Built once: it is asked with every look."""


async def add(tx: Tx, triages: Sequence[Triage]) -> None:
    """Add new runs."""
    await insert(tx, T, await _rows(tx, triages))


async def save(
    tx: Tx, triages: Sequence[Triage], before: Mapping[UUID, Triage] = MappingProxyType({})
) -> None:
    """Write back runs whose contact this transaction has locked. `before`: as they were read."""
    runs = [run for run in triages if not run.sealed]
    names = differing(runs, before, _CHANGING)
    if "state" in names or "ended_at" in names:
        names = ("state_sealed", *(name for name in names if name != "state"))
    rows = await _rows(tx, runs) if "state_sealed" in names else [vars(run) for run in runs]
    await change(tx, T, [{name: row[name] for name in ("id", *names)} for row in rows])


async def end(tx: Tx, triages: Sequence[Triage]) -> None:
    """Write back the due times, the danger mark and the end. A state that is broken stays so."""
    names = ("id", "danger", "answer_due_at", "answer_latest_at", "silence_due_at", "ended_at")
    await change(tx, T, [{name: getattr(t, name) for name in names} for t in triages])
    await save(tx, [triage for triage in triages if triage.state])


async def _rows(tx: Tx, triages: Sequence[Triage]) -> list[dict[str, object]]:
    await texts.learn(tx, [run.conversation_id for run in triages if run.ended_at is not None])
    return [_row(tx, triage) for triage in triages]


def _row(tx: Tx, triage: Triage) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(triage, name) for name in _PLAIN}
    where, state = place_of(row), json.dumps(triage.state)
    if triage.state is None:
        row["state_sealed"] = None
    elif triage.ended_at is None:
        row["state_sealed"] = tx.keys.seal("text", state, *where.old)
    else:
        row["state_sealed"] = texts.seal(tx, state, where)
    return row
