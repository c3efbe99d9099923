"""What is to leave: one row a send, leased, and settled by what the provider says."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    literal,
    null,
    or_,
    select,
    update,
)

from domain.delivery import ACCEPTED, PENDING, Delivery, may_follow
from domain.message import Channel
from storage import copies, tables
from storage.database import Tx
from storage.moments import Moment
from storage.rows import change, first_of, insert, made

T = tables.outbox
EVERY = tuple(Channel)


@dataclass(frozen=True)
class Sending:
    """One row of the outbox."""

    id: UUID
    message_id: UUID
    contact_id: UUID
    conversation_id: UUID
    channel: Channel
    code: str
    """Random; names the row in the provider's status callbacks."""
    state: Delivery
    pending: bool
    attempts: int
    misses: int
    provider_id: str | None
    error_code: int | None
    refusal: str | None
    by_hand: bool
    """A counsellor decided to send it: the rules for a counsellor's text hold."""
    asked: bool
    """They were warned that it may not be safe and went on."""
    made_at: datetime
    due_at: datetime
    first_leased_at: datetime | None
    leased_until: datetime | None
    accepted_at: datetime | None
    changed_at: datetime


_FIELDS = tuple(Sending.__dataclass_fields__)
COLUMNS = tuple(T.c[name] for name in _FIELDS)


def read(row: Sequence[object]) -> Sending:
    """An outbox row out of a row that begins with `COLUMNS`."""
    values = first_of(row, _FIELDS)
    values["channel"] = Channel(values["channel"])
    values["state"] = Delivery(values["state"])
    return made(Sending, values)


@dataclass(frozen=True)
class NewRow:
    """Something to send, or to keep as withheld with its reason. Rows leave in their ids' order."""

    id: UUID
    message_id: UUID
    contact_id: UUID
    conversation_id: UUID
    channel: Channel
    body: str
    refusal: str | None = None
    form_key: UUID | None = None
    by_hand: bool = False
    asked: bool = False


async def add(tx: Tx, rows: Sequence[NewRow], now: datetime) -> None:
    """Add rows."""
    await insert(tx, T, [_new(tx, row, now) for row in rows])


def _new(tx: Tx, row: NewRow, now: datetime) -> dict[str, object]:
    withheld = row.refusal is not None
    return {
        "id": row.id,
        "message_id": row.message_id,
        "contact_id": row.contact_id,
        "conversation_id": row.conversation_id,
        "channel": row.channel,
        "code": secrets.token_urlsafe(24),
        "body_sealed": None
        if withheld
        else copies.of_sending(tx, row.id, row.contact_id, row.body),
        "state": Delivery.WITHHELD if withheld else Delivery.QUEUED,
        "pending": not withheld,
        "attempts": 0,
        "misses": 0,
        "refusal": row.refusal,
        "by_hand": row.by_hand,
        "asked": row.asked,
        "form_key": row.form_key,
        "made_at": now,
        "due_at": now,
        "changed_at": now,
    }


async def withdraw(tx: Tx, row_id: UUID, reason: str, now: datetime) -> bool:
    """Hold back a row that nobody has begun to send; False when it is too late.

    A row that is being leased at this moment is not waited for: it is too late for it.
    """
    waiting = select(T.c.id).where(T.c.id == row_id, T.c.state == Delivery.QUEUED)
    return await _withdraw(tx, waiting, reason, now) == 1


async def withdraw_all(
    tx: Tx,
    contact_ids: Iterable[UUID],
    reason: str,
    now: datetime,
    *,
    but: Collection[str],
    by_hand: bool = True,
) -> None:
    """Hold back what waits to leave for these contacts, but for these texts of the machine.

    `by_hand`: the counsellors' own texts too.
    """
    m = tables.messages.c
    waiting = (
        select(T.c.id)
        .join_from(T, tables.messages, m.id == T.c.message_id)
        .where(T.c.contact_id.in_(set(contact_ids)), T.c.pending, T.c.state == Delivery.QUEUED)
        .where(or_(T.c.by_hand, m.text_id.not_in(but)))
        .where(or_(~T.c.by_hand, literal(by_hand)))
    )
    await _withdraw(tx, waiting, reason, now)


async def _withdraw(tx: Tx, waiting: Select[tuple[UUID]], reason: str, now: datetime) -> int:
    if tx.postgres:
        waiting = waiting.with_for_update(of=T, skip_locked=True)
    result = await tx.conn.execute(
        update(T)
        .where(T.c.id.in_(waiting), T.c.state == Delivery.QUEUED)
        .values(state=Delivery.WITHHELD, pending=False, refusal=reason, changed_at=now)
        .values(body_sealed=None)
    )
    return result.rowcount


_OLDER = T.alias("older")
_NOTHING_OLDER = ~exists().where(
    _OLDER.c.contact_id == T.c.contact_id, _OLDER.c.pending, _OLDER.c.id < T.c.id
)
"""Built once: an alias costs more to make than the question to ask."""


def _locking(tx: Tx, query: Select[tuple[object, ...]]) -> Select[tuple[object, ...]]:
    return query.with_for_update(of=T, skip_locked=True) if tx.postgres else query


def _is_sendable(now: Any, channels: Collection[Channel]) -> ColumnElement[bool]:
    due = and_(T.c.pending, T.c.state == Delivery.QUEUED, T.c.due_at <= now, _NOTHING_OLDER)
    return due if len(channels) == len(Channel) else due & T.c.channel.in_(channels)


async def any_sendable(tx: Tx, now: datetime, channels: Collection[Channel] = EVERY) -> bool:
    """Whether there is something to lease, so that nobody takes the writer's place for nothing."""
    query = asks_sendable(frozenset(channels))
    return (await tx.conn.execute(query, {"now": now})).first() is not None


_NOW = bindparam("now", type_=Moment())


@cache
def asks_sendable(channels: frozenset[Channel]) -> Select[Any]:
    """Built once: it is asked with every look."""
    return select(T.c.id).where(_is_sendable(_NOW, channels)).limit(1)


async def sendable(
    tx: Tx, now: datetime, limit: int, channels: Collection[Channel] = EVERY
) -> list[Sending]:
    """The oldest unsent row of each contact, where it is due; locked until the commit."""
    query = select(*COLUMNS).where(_is_sendable(now, channels)).order_by(T.c.id).limit(limit)
    return [read(row) for row in await tx.conn.execute(_locking(tx, query))]


async def lease(tx: Tx, rows: Sequence[Sending], now: datetime, until: datetime) -> None:
    """These are being sent until `until`; whoever finds them later must ask what became of them."""
    await change(
        tx,
        T,
        [
            {
                "id": row.id,
                "state": Delivery.LEASED,
                "attempts": row.attempts + 1,
                "misses": 0,
                "first_leased_at": row.first_leased_at or now,
                "leased_until": until,
                "changed_at": now,
            }
            for row in rows
        ],
    )


def _lost(now: Any) -> ColumnElement[bool]:
    return and_(T.c.pending, T.c.state == Delivery.LEASED, T.c.leased_until <= now)


def _unsettled(now: Any) -> ColumnElement[bool]:
    return and_(T.c.pending, T.c.state == Delivery.UNKNOWN, T.c.due_at <= now)


async def any_unsettled(tx: Tx, now: datetime) -> bool:
    """Whether a lease ran out, or it is time to ask about a row."""
    return (await tx.conn.execute(ANY_UNSETTLED, {"now": now})).first() is not None


ANY_UNSETTLED = select(T.c.id).where(or_(_lost(_NOW), _unsettled(_NOW))).limit(1)
"""Built once: it is asked with every look."""


async def lost(tx: Tx, now: datetime, limit: int) -> dict[UUID, Sending]:
    """Rows whose lease ran out: their process died or hung. Locked until the commit."""
    query = select(T.c.id).where(_lost(now)).order_by(T.c.id).limit(limit)
    found = await locked(tx, (await tx.conn.execute(query)).scalars())
    return {
        row.id: row
        for row in found.values()
        if row.state is Delivery.LEASED and row.leased_until and row.leased_until <= now
    }


async def unsettled(tx: Tx, now: datetime, limit: int) -> list[Sending]:
    """Rows that may or may not have been sent, where it is time to ask. Locked until the commit."""
    query = select(*COLUMNS).where(_unsettled(now)).order_by(T.c.id).limit(limit)
    return [read(row) for row in await tx.conn.execute(_locking(tx, query))]


async def locked(tx: Tx, row_ids: Iterable[UUID]) -> dict[UUID, Sending]:
    """Rows as they are now, locked until the commit, always in the same order.

    Whoever locks their contacts too does that first.
    """
    query = select(*COLUMNS).where(T.c.id.in_(set(row_ids))).order_by(T.c.id)
    rows = await tx.conn.execute(query.with_for_update(of=T) if tx.postgres else query)
    return {row.id: row for row in map(read, rows)}


def moved(
    row: Sending, then: Delivery, now: datetime, attempt: int | None = None, **also: object
) -> Sending | None:
    """The row taken to `then`; None when its state does not permit it any more.

    `attempt`: only while it is at that attempt; what is said of an older one no longer counts.
    States never go backwards in whatever order sends, callbacks and answers come: whatever
    changes a delivery asks here, and writes with `save` what it has locked.
    """
    if not may_follow(row.state, then) or attempt not in {None, row.attempts}:
        return None
    if then in ACCEPTED:
        also.setdefault("accepted_at", row.accepted_at or now)
    also |= {"state": then, "pending": then in PENDING, "changed_at": now}
    return replace(row, **also)  # type: ignore[arg-type] # names as given


_CHANGING = (
    *("state", "pending", "misses", "provider_id", "error_code"),
    *("refusal", "due_at", "accepted_at", "changed_at"),
)


async def save(tx: Tx, rows: Iterable[Sending]) -> None:
    """Write back rows that this transaction has locked, with one statement. What the provider has,
    or will never have, needs no copy of its text any more."""
    changed = [
        {n: getattr(r, n) for n in _CHANGING} | {"row": r.id, "over": _over(r)} for r in rows
    ]
    if changed:
        await tx.conn.execute(_SAVING, changed)


def _over(row: Sending) -> bool:
    return not row.pending and row.state is not Delivery.UNKNOWN


_SAVING = (
    update(T)
    .where(T.c.id == bindparam("row"))
    .values({name: bindparam(name) for name in _CHANGING})
    .values(body_sealed=case((bindparam("over", type_=Boolean()), null()), else_=T.c.body_sealed))
)


async def by_codes(tx: Tx, codes: Iterable[str]) -> dict[str, Sending]:
    """The rows that status callbacks speak of, by their code; unknown codes have none."""
    query = select(*COLUMNS).where(T.c.code.in_(set(codes)))
    return {row.code: row for row in map(read, await tx.conn.execute(query))}


async def by_ids(tx: Tx, row_ids: Iterable[UUID]) -> dict[UUID, Sending]:
    """Rows by their id."""
    query = select(*COLUMNS).where(T.c.id.in_(set(row_ids)))
    return {row.id: row for row in map(read, await tx.conn.execute(query))}


async def claimed(tx: Tx, provider_ids: Iterable[str]) -> set[str]:
    """Of these provider ids, those that a row has already."""
    query = select(T.c.provider_id).where(T.c.provider_id.in_(set(provider_ids)))
    return {str(found) for found in (await tx.conn.execute(query)).scalars()}


async def of_conversation(tx: Tx, conversation_id: UUID) -> dict[UUID, Sending]:
    """By message: its newest row, since a message that was resent has several."""
    query = select(*COLUMNS).where(T.c.conversation_id == conversation_id).order_by(T.c.id)
    return {row.message_id: row for row in map(read, await tx.conn.execute(query))}


async def resent(tx: Tx, form_key: UUID) -> bool:
    """Whether this resend form was sent before."""
    query = select(T.c.id).where(T.c.form_key == form_key)
    return (await tx.conn.execute(query)).first() is not None


RETRY_WINDOW = timedelta(hours=24)
"""A text that could not leave for so long is shown as failed: its moment has passed."""
