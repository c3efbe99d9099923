"""Whoever has been silent for long is found by their number no more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import case, select, update

from domain.gate import Gate
from storage import contacts
from storage.contacts import KEYS_OF, K, T
from storage.database import Tx


async def retire(tx: Tx, silent_since: datetime, limit: int) -> list[UUID]:
    """Nobody who wrote last then or earlier is found by their number any more, nor is it known to
    be safe to write to them; who these are. Those that another transaction holds come next time."""
    silent = select(T.c.id).join_from(T, K, KEYS_OF)
    silent = silent.where(K.c.address_index.is_not(None), T.c.last_inbound_at <= silent_since)
    silent = silent.order_by(T.c.id).limit(limit)
    if tx.postgres:
        silent = silent.with_for_update(of=(T, K), skip_locked=True, key_share=True)
    found = list((await tx.conn.execute(silent)).scalars())
    if found:
        gate = case((T.c.gate == Gate.OPEN, str(Gate.UNKNOWN)), else_=T.c.gate)
        await tx.conn.execute(update(T).where(T.c.id.in_(found)).values(gate=gate))
        await contacts.lose(tx, found)
    return found
