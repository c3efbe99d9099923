"""What is to be sent later: follow-ups that were agreed on, texts that counsellors scheduled."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, null, select, text, update

from domain.alias import Alias
from storage import tables, texts
from storage.database import Tx
from storage.desk_tables import aliases
from storage.moments import Moment
from storage.plan_tables import TASK, plans
from storage.rows import insert_new, upsert
from storage.texts import Place, Words

T = plans.c
Talk, A = tables.conversations.c, aliases.c


class Kind(StrEnum):
    """What is to be sent."""

    FOLLOW_UP = "follow_up"
    MESSAGE = "message"


class State(StrEnum):
    """What became of it."""

    PLANNED = "planned"
    SENT = "sent"
    """It is a row of the outbox."""
    REFUSED = "refused"
    """It may not leave; somebody has to see to it."""
    WANTED = "wanted"
    """Its contact said that this is a good time; somebody has to write."""
    DONE = "done"
    NEEDLESS = "needless"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Plan:
    """One text that is to leave later, less its words."""

    id: UUID
    conversation_id: UUID
    kind: Kind
    state: State
    member_id: UUID | None
    asked: bool
    planned_at: datetime
    due_at: datetime | None
    """None once nothing is to be sent by it any more."""
    changed_at: datetime
    message_id: UUID | None = None
    refusal: str | None = None


_FIELDS = tuple(Plan.__dataclass_fields__)
_COLUMNS = tuple(T[name] for name in _FIELDS)
_TASK = text(TASK.replace("kind", "plans.kind").replace("state", "plans.state"))


def _read(row: Sequence[Any]) -> Plan:
    values = dict(zip(_FIELDS, row, strict=False))
    values["kind"], values["state"] = Kind(values["kind"]), State(values["state"])
    return Plan(**values)


async def save(tx: Tx, changed: Sequence[Plan]) -> None:
    """Write these down, new or not. Their conversations are locked.

    The words stay while they are to be sent; then the message has them, and can be redacted."""
    if not changed:
        return
    rows = [{name: getattr(plan, name) for name in _FIELDS} for plan in changed]
    statement = upsert(tx, plans)
    again: dict[str, Any] = {
        n: statement.excluded[n] for n in ("state", "due_at", "message_id", "refusal")
    }
    again["changed_at"] = statement.excluded.changed_at
    over = statement.excluded.due_at.is_(None)
    again["body_sealed"] = case((over, null()), else_=T.body_sealed)
    await tx.conn.execute(statement.on_conflict_do_update(index_elements=["id"], set_=again), rows)


async def add(tx: Tx, plan: Plan, body: str) -> bool:
    """Add a counsellor's text; False when there is one with this id: the form was sent twice."""
    sealed = tx.keys.seal("text", body, "plans", plan.id, "body", plan.conversation_id)
    row = {name: getattr(plan, name) for name in _FIELDS} | {"body_sealed": sealed}
    return bool(await insert_new(tx, plans, [row], "id"))


async def bodies(tx: Tx, wanted: Iterable[Plan]) -> dict[UUID, Words]:
    """Their words, for the machine and for whoever was admitted; they lie under the server's key
    until they are sent."""
    ids = [plan.id for plan in wanted]
    query = select(T.id, T.conversation_id, T.body_sealed).where(T.id.in_(ids))
    rows = (await tx.conn.execute(query)).all()
    await texts.ready(tx, [(row.conversation_id, row.body_sealed) for row in rows])
    found: dict[UUID, Words] = {}
    for row in rows:
        old = ("plans", row.id, "body", row.conversation_id)
        found[row.id] = texts.read(tx, row.body_sealed, Place(row.conversation_id, old, old))
    return found


async def due(tx: Tx, now: datetime, limit: int) -> dict[UUID, UUID]:
    """By plan: the contact to whom it is to be sent now, whoever else may be at it."""
    query = (
        select(T.id, Talk.contact_id)
        .join_from(plans, tables.conversations, Talk.id == T.conversation_id)
        .where(T.due_at.is_not(None), T.due_at <= now)
        .order_by(T.due_at)
        .limit(limit)
    )
    return {row[0]: row[1] for row in await tx.conn.execute(query)}


ANY_DUE = select(T.id).where(T.due_at.is_not(None), T.due_at <= bindparam("now", type_=Moment()))


async def by_ids(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, Plan]:
    """Plans by their id."""
    query = select(*_COLUMNS).where(T.id.in_(set(ids)))
    return {plan.id: plan for plan in map(_read, await tx.conn.execute(query))}


async def latest(tx: Tx, conversation_ids: Collection[UUID]) -> dict[UUID, Plan]:
    """By conversation: the last follow-up, where there was one."""
    theirs = T.conversation_id.in_(set(conversation_ids))
    query = select(*_COLUMNS).where(theirs, T.kind == Kind.FOLLOW_UP).order_by(T.id)
    return {plan.conversation_id: plan for plan in map(_read, await tx.conn.execute(query))}


async def of_conversation(tx: Tx, conversation_id: UUID) -> list[Plan]:
    """What is still to be sent here, the next one first."""
    query = select(*_COLUMNS).where(T.conversation_id == conversation_id, T.due_at.is_not(None))
    return [_read(row) for row in await tx.conn.execute(query.order_by(T.due_at, T.id))]


async def refuse(tx: Tx, reasons: Mapping[UUID, str], now: datetime) -> None:
    """These messages (by their id) were held back on their way; with the reason."""
    for message_id, reason in reasons.items():
        held = update(plans).where(T.message_id == message_id, T.state == State.SENT)
        await tx.conn.execute(held.values(state=State.REFUSED, refusal=reason, changed_at=now))


async def withdraw_of(tx: Tx, member_id: UUID, now: datetime) -> list[UUID]:
    """What this member wrote to be sent later never is; in which conversations that was."""
    theirs = (T.member_id == member_id) & (T.kind == Kind.MESSAGE) & T.due_at.is_not(None)
    gone = update(plans).where(theirs).returning(T.conversation_id)
    nothing = {"state": State.WITHDRAWN, "due_at": None, "body_sealed": None, "changed_at": now}
    return sorted(set((await tx.conn.execute(gone.values(nothing))).scalars()))


async def done(tx: Tx, conversation_id: UUID, now: datetime) -> bool:
    """Somebody has seen to all that was a task here; False when nothing was."""
    open_ones = update(plans).where(T.conversation_id == conversation_id, _TASK)
    changed = await tx.conn.execute(open_ones.values(state=State.DONE, changed_at=now))
    return bool(changed.rowcount)


async def tasks(tx: Tx, limit: int) -> list[tuple[Plan, Alias | None]]:
    """The follow-ups that somebody has to see to, the oldest first. A counsellor's own text that
    was held back is a task by its row of the outbox."""
    query = (
        select(*_COLUMNS, A.word, A.number)
        .join_from(plans, tables.conversations, Talk.id == T.conversation_id)
        .join(aliases, A.contact_id == Talk.contact_id, isouter=True)
        .where(_TASK)
        .order_by(T.id)
        .limit(limit)
    )
    rows = (await tx.conn.execute(query)).all()
    return [(_read(r), Alias(r.word, r.number) if r.word else None) for r in rows]
