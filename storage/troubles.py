"""What did not reach a contact and nobody has seen to: not sent again, and not noted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    true,
)

from domain.alias import Alias
from domain.conversation import State
from domain.delivery import Delivery
from domain.message import Author
from storage import desk_tables, tables
from storage.database import Tx
from storage.rows import insert_new

T = desk_tables.noted_troubles
Sent, C, M = tables.outbox.c, tables.conversations.c, tables.messages.c
A = desk_tables.aliases.c


@dataclass(frozen=True)
class Trouble:
    """One message that somebody has to see to."""

    message_id: UUID
    conversation_id: UUID
    alias: Alias | None
    author: Author
    member_id: UUID | None
    state: Delivery
    error_code: int | None
    refusal: str | None
    at: datetime
    pending: bool
    """It is still being asked whether it left."""
    mine: bool
    closed: bool


@cache
def _unsettled(postgres: bool) -> ColumnElement[bool]:
    """The condition of the partial index stands in it to the letter, so that it is used."""
    newer = tables.outbox.alias("newer")
    resent = exists().where(newer.c.message_id == Sent.message_id, newer.c.id > Sent.id)
    noted = exists().where(T.c.outbox_id == Sent.id, T.c.state == Sent.state)
    condition = desk_tables.TROUBLED if postgres else desk_tables.ON_SQLITE
    troubled = text(condition.replace("state", "outbox.state").replace("refusal", "outbox.refusal"))
    return and_(troubled, ~resent, ~noted)


async def counted(tx: Tx, conversations: Select[tuple[UUID]]) -> dict[UUID, int]:
    """How many each of these conversations has, where there are any."""
    query = (
        select(Sent.conversation_id, func.count())
        .where(Sent.conversation_id.in_(conversations), _unsettled(tx.postgres))
        .group_by(Sent.conversation_id)
    )
    return {row[0]: row[1] for row in await tx.conn.execute(query)}


async def of_one(tx: Tx, conversation_id: UUID) -> int:
    """How many this conversation has."""
    return (await counted(tx, select(C.id).where(C.id == conversation_id))).get(conversation_id, 0)


async def by_line(tx: Tx, without: Collection[UUID] = ()) -> dict[UUID, int]:
    """How many each line has, where there are any; closed conversations too, less these."""
    query = (
        select(C.line_id, func.count())
        .join_from(tables.outbox, tables.conversations, C.id == Sent.conversation_id)
        .where(_unsettled(tx.postgres), C.id.not_in(without) if without else true())
        .group_by(C.line_id)
    )
    return {row[0]: row[1] for row in await tx.conn.execute(query)}


@cache
def _listed(postgres: bool, every: bool) -> Select[Any]:
    """Built once: every look at the queue asks it."""
    asking = bindparam("member", type_=Uuid)
    theirs = true() if every else or_(C.owner_id.is_(None), C.owner_id == asking)
    return (
        select(
            Sent.message_id, Sent.conversation_id, A.word, A.number, M.author, M.member_id,
            Sent.state, Sent.error_code, Sent.refusal, Sent.made_at, Sent.pending, C.owner_id,
            C.state.label("standing"),
        )
        .select_from(tables.outbox)
        .join(tables.conversations, C.id == Sent.conversation_id)
        .join(tables.messages, M.id == Sent.message_id)
        .join(desk_tables.aliases, A.contact_id == Sent.contact_id, isouter=True)
        .where(_unsettled(postgres), theirs)
        .order_by(Sent.id.desc())
        .limit(bindparam("most", type_=Integer))
    )  # fmt: skip


async def everywhere(tx: Tx, limit: int) -> list[Trouble]:
    """Those of all conversations, the newest first."""
    return await _read(tx, None, limit)


async def to_see_to(tx: Tx, member_id: UUID, limit: int) -> list[Trouble]:
    """Those of this member's conversations and of such as nobody has, the newest first.

    Closed ones too: words that were to end a conversation may not have arrived.
    """
    return await _read(tx, member_id, limit)


async def _read(tx: Tx, member_id: UUID | None, limit: int) -> list[Trouble]:
    asked = {"most": limit} if member_id is None else {"most": limit, "member": member_id}
    query = _listed(tx.postgres, every=member_id is None)
    return [
        Trouble(
            message_id=row.message_id,
            conversation_id=row.conversation_id,
            alias=Alias(row.word, row.number) if row.word else None,
            author=Author(row.author),
            member_id=row.member_id,
            state=Delivery(row.state),
            error_code=row.error_code,
            refusal=row.refusal,
            at=row.made_at,
            pending=row.pending,
            mine=member_id is not None and row.owner_id == member_id,
            closed=row.standing == State.CLOSED,
        )
        for row in await tx.conn.execute(query, asked)
    ]


async def noted(tx: Tx, conversation_id: UUID) -> set[tuple[UUID, Delivery]]:
    """Which rows of the outbox were noted here, and in which state."""
    query = (
        select(T.c.outbox_id, T.c.state)
        .join_from(T, tables.outbox, Sent.id == T.c.outbox_id)
        .where(Sent.conversation_id == conversation_id)
    )
    return {(row.outbox_id, Delivery(row.state)) for row in await tx.conn.execute(query)}


async def note(tx: Tx, row_id: UUID, state: Delivery, member_id: UUID, now: datetime) -> bool:
    """Somebody has seen to it; False when it was noted before."""
    row = {"outbox_id": row_id, "state": state, "member_id": member_id, "at": now}
    return bool(await insert_new(tx, T, [row], "outbox_id"))
