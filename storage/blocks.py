"""Who blocked whom, why, until when, and what ended it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update

from domain.alias import Alias
from domain.block import Reason
from domain.message import Author
from storage import tables
from storage.database import Tx
from storage.desk_tables import aliases
from storage.door_tables import blocks
from storage.ids import new_id

B, C, M, A = blocks.c, tables.conversations.c, tables.messages.c, aliases.c

MOST = 500


@dataclass(frozen=True)
class Block:
    """One block."""

    id: UUID
    conversation_id: UUID
    line_id: UUID
    alias: Alias | None
    member_id: UUID
    reason: Reason
    began_at: datetime
    ends_at: datetime
    lifted_at: datetime | None
    lifted_by: UUID | None
    blocked_until: datetime | None
    """What the conversation says: other than `ends_at` where this one no longer holds."""

    def holds(self, now: datetime) -> bool:
        """It has neither run out nor been ended."""
        return self.lifted_at is None and self.blocked_until == self.ends_at > now

    def broken(self, now: datetime) -> bool:
        """A word of danger has ended it before its time."""
        return self.lifted_at is None and self.ends_at > now and not self.holds(now)


async def add(
    tx: Tx, conversation_id: UUID, member_id: UUID, reason: Reason, now: datetime, ends: datetime
) -> None:
    """One that begins now; whatever held before holds no more."""
    await _end(tx, conversation_id, member_id, now)
    row = {
        "id": new_id(now),
        "conversation_id": conversation_id,
        "member_id": member_id,
        "reason": reason,
        "began_at": now,
        "ends_at": ends,
    }
    await tx.conn.execute(blocks.insert(), [row])


async def _end(tx: Tx, conversation_id: UUID, member_id: UUID, now: datetime) -> None:
    mine = (B.conversation_id == conversation_id) & B.lifted_at.is_(None) & (B.ends_at > now)
    await tx.conn.execute(update(blocks).where(mine).values(lifted_at=now, lifted_by=member_id))


async def lift(tx: Tx, block_id: UUID, member_id: UUID, now: datetime) -> bool:
    """False when it held no more."""
    mine = (B.id == block_id) & B.lifted_at.is_(None) & (B.ends_at > now)
    done = update(blocks).where(mine).values(lifted_at=now, lifted_by=member_id)
    return (await tx.conn.execute(done)).rowcount == 1


async def until(tx: Tx, conversation_id: UUID, at: datetime | None) -> None:
    """Until then the conversation stays closed; None: it opens with the next text."""
    row = update(tables.conversations).where(C.id == conversation_id)
    await tx.conn.execute(row.values(blocked_until=at))


async def by_id(tx: Tx, block_id: UUID) -> Block | None:
    """One, or None."""
    row = (await tx.conn.execute(_QUERY.where(B.id == block_id))).one_or_none()
    return _read(row) if row else None


async def of_conversation(tx: Tx, conversation_id: UUID) -> list[Block]:
    """All that there ever were, the oldest first."""
    query = _QUERY.where(B.conversation_id == conversation_id).order_by(B.began_at, B.id)
    return [_read(row) for row in await tx.conn.execute(query)]


async def since(tx: Tx, at: datetime) -> list[Block]:
    """Those that end, or would have ended, later than that; the newest first."""
    query = _QUERY.where(B.ends_at > at).order_by(B.began_at.desc(), B.id).limit(MOST)
    return [_read(row) for row in await tx.conn.execute(query)]


_QUERY = (
    select(blocks, C.line_id, C.blocked_until, A.word, A.number)
    .join_from(blocks, tables.conversations, C.id == B.conversation_id)
    .join(aliases, A.contact_id == C.contact_id, isouter=True)
)


def _read(row: Row[Any]) -> Block:
    return Block(
        id=row.id,
        conversation_id=row.conversation_id,
        line_id=row.line_id,
        alias=Alias(row.word, row.number) if row.word else None,
        member_id=row.member_id,
        reason=Reason(row.reason),
        began_at=row.began_at,
        ends_at=row.ends_at,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        blocked_until=row.blocked_until,
    )


async def kept(tx: Tx, since_began: dict[UUID, datetime]) -> dict[UUID, int]:
    """By conversation: how many texts nobody has read came since that moment."""
    found = {}
    for talk, began in since_began.items():
        query = (
            select(func.count())
            .select_from(tables.messages)
            .where(M.conversation_id == talk, M.author == Author.CONTACT)
            .where(M.read_at.is_(None), M.at >= began - timedelta(seconds=1))
        )
        found[talk] = int((await tx.conn.execute(query)).scalar_one())
    return found
