"""What this member wrote in these conversations, and what has not left yet."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from domain.delivery import Delivery
from storage import tables
from storage.database import Tx
from storage.plan_tables import plans
from storage.plans import Kind

P, M, Row = plans.c, tables.messages.c, tables.outbox.c


async def planned_is_due(
    tx: Tx, conversation_ids: Collection[UUID], member_id: UUID, now: datetime
) -> None:
    """What they planned is looked at now, whenever it was to leave."""
    theirs = (P.member_id == member_id) & (P.kind == Kind.MESSAGE) & (P.due_at > now)
    at_once = update(plans).where(theirs, P.conversation_id.in_(conversation_ids))
    await tx.conn.execute(at_once.values(due_at=now))


async def hold_back(
    tx: Tx, conversation_ids: Collection[UUID], member_id: UUID, reason: str, now: datetime
) -> None:
    """What waits to leave does not. What a process has taken to send it is leaving already."""
    waiting = (
        select(Row.id)
        .join_from(tables.outbox, tables.messages, M.id == Row.message_id)
        .where(Row.conversation_id.in_(conversation_ids), M.member_id == member_id)
        .where(Row.pending, Row.state == Delivery.QUEUED)
    )
    if tx.postgres:
        waiting = waiting.with_for_update(of=tables.outbox, skip_locked=True)
    held = update(tables.outbox).where(Row.id.in_(waiting), Row.state == Delivery.QUEUED)
    wiped = {"state": Delivery.WITHHELD, "pending": False, "body_sealed": None}
    await tx.conn.execute(held.values(wiped | {"refusal": reason, "changed_at": now}))
