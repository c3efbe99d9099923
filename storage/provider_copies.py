"""Which copies are to go at the providers: a small outbox of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, update

from domain.message import Channel
from storage.database import Tx
from storage.deletion_tables import provider_copies
from storage.encryption import SealBroken
from storage.ids import new_id
from storage.moments import Moment
from storage.rows import insert

T = provider_copies.c


class Kind(StrEnum):
    """BODY: the words of a message, which stands there without them. MESSAGE: all of it, with its
    media."""

    BODY = "body"
    MESSAGE = "message"


@dataclass(frozen=True)
class Copy:
    """One that is to go."""

    id: UUID
    channel: Channel
    kind: Kind
    provider_id: str
    """Empty while the provider has not named it; or where its seal is broken."""
    chat: str
    """In which it is, where the channel has chats."""
    outbox_id: UUID | None
    attempts: int
    error_code: int | None
    made_at: datetime
    """Of the message: when it came or was accepted."""


@dataclass(frozen=True)
class NewCopy:
    """To be asked to go."""

    channel: Channel
    kind: Kind
    made_at: datetime
    provider_id: str = ""
    chat: str = ""
    outbox_id: UUID | None = None


async def add(tx: Tx, copies: Iterable[NewCopy], now: datetime) -> None:
    """These are to go, as soon as they may."""
    await insert(tx, provider_copies, [_row(tx, copy, now) for copy in copies])


def _row(tx: Tx, copy: NewCopy, now: datetime) -> dict[str, object]:
    row_id = new_id(now)
    return {
        "id": row_id,
        "channel": copy.channel,
        "kind": copy.kind,
        "provider_id_sealed": _seal(tx, row_id, "provider_id", copy.provider_id),
        "chat_sealed": _seal(tx, row_id, "chat", copy.chat),
        "outbox_id": copy.outbox_id,
        "attempts": 0,
        "made_at": copy.made_at,
        "due_at": now,
    }


def _seal(tx: Tx, row_id: UUID, column: str, plain: str) -> bytes | None:
    return tx.keys.seal("address", plain, "provider_copies", row_id, column) if plain else None


def _open(tx: Tx, row_id: UUID, column: str, sealed: bytes | None) -> str:
    try:
        return tx.keys.open("address", sealed, "provider_copies", row_id, column) if sealed else ""
    except SealBroken:
        return ""


_PLAIN = ("id", "channel", "kind", "outbox_id", "attempts", "error_code", "made_at")
_COLUMNS = (*(T[name] for name in _PLAIN), T.provider_id_sealed, T.chat_sealed)


def _read(tx: Tx, row: Sequence[Any]) -> Copy:
    values = dict(zip(_PLAIN, row, strict=False))
    values["channel"], values["kind"] = Channel(values["channel"]), Kind(values["kind"])
    named = _open(tx, values["id"], "provider_id", row[-2])
    return Copy(**values, provider_id=named, chat=_open(tx, values["id"], "chat", row[-1]))


async def any_due(tx: Tx, now: datetime) -> bool:
    """Whether there is something to do, so that nobody takes the writer's place for nothing."""
    return (await tx.conn.execute(ANY_DUE.limit(1), {"now": now})).first() is not None


ANY_DUE = select(T.id).where(T.due_at.is_not(None), T.due_at <= bindparam("now", type_=Moment()))


async def lease(tx: Tx, now: datetime, until: datetime, limit: int) -> list[Copy]:
    """Up to `limit` that are due; they are due again when the lease has run out."""
    query = select(*_COLUMNS).where(T.due_at.is_not(None), T.due_at <= now)
    query = query.order_by(T.due_at, T.id).limit(limit)
    if tx.postgres:
        query = query.with_for_update(skip_locked=True)
    found = [_read(tx, row) for row in await tx.conn.execute(query)]
    if found:
        ours = update(provider_copies).where(T.id.in_([copy.id for copy in found]))
        await tx.conn.execute(ours.values(due_at=until, leased_until=until))
    return found


async def gone(tx: Tx, copy_ids: Iterable[UUID]) -> None:
    """The provider has them no more, or never had: the row goes, too."""
    await tx.conn.execute(delete(provider_copies).where(T.id.in_(set(copy_ids))))


async def again(
    tx: Tx, copy: Copy, due_at: datetime | None, error_code: int | None, *, asked: bool = True
) -> None:
    """It is asked again then; None: it is given up, and a task. `asked`: the provider was."""
    values = {"due_at": due_at, "leased_until": None, "error_code": error_code}
    values["attempts"] = copy.attempts + 1 if asked else copy.attempts
    await tx.conn.execute(update(provider_copies).where(T.id == copy.id).values(values))


async def given_up(tx: Tx) -> int:
    """How many somebody has to see to at the provider's."""
    query = select(func.count()).select_from(provider_copies).where(T.due_at.is_(None))
    return int((await tx.conn.execute(query)).scalar_one())


async def try_again(tx: Tx, now: datetime) -> int:
    """All that was given up is due now; how many."""
    anew = update(provider_copies).where(T.due_at.is_(None)).values(due_at=now, attempts=0)
    return (await tx.conn.execute(anew)).rowcount


async def not_for(tx: Tx, outbox_ids: Iterable[UUID]) -> None:
    """What waits for these rows of the outbox need not: all of the message goes another way."""
    await tx.conn.execute(delete(provider_copies).where(T.outbox_id.in_(set(outbox_ids))))
