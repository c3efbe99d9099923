"""What waits to leave a line that was restored, once it may write to contacts again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update

from domain.contact_rules import Refusal
from domain.conversation import State
from domain.delivery import Delivery
from storage import tables
from storage.database import Tx

T, Talk = tables.outbox.c, tables.conversations.c


async def withhold(tx: Tx, made_at: datetime, now: datetime) -> int:
    """Nothing that stood in the back-up leaves by itself, since it may have left before, nor what
    the machine has said meanwhile; how many that are. What counsellors wrote since then leaves."""
    waiting = select(T.id).where(
        T.pending, T.state == Delivery.QUEUED, or_(T.made_at <= made_at, ~T.by_hand)
    )
    if tx.postgres:
        waiting = waiting.order_by(T.id).with_for_update()
    values = {"state": Delivery.WITHHELD, "pending": False, "refusal": Refusal.RESTORED}
    held = update(tables.outbox).where(T.id.in_(waiting), T.state == Delivery.QUEUED)
    return (await tx.conn.execute(held.values(**values, changed_at=now, body_sealed=None))).rowcount


async def still_open(tx: Tx) -> list[UUID]:
    """The conversations whose pages say that answers are held."""
    query = select(Talk.id).where(Talk.state != State.CLOSED)
    return list((await tx.conn.execute(query)).scalars())
