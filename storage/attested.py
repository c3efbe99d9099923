"""What the log about staff says was done, as far as its own keyed hashes are true.

Whoever writes into the database writes a column; the entry that was chained with the deed they
cannot make.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from storage import audit
from storage.database import Tx

T = audit.T.c


async def last(tx: Tx, act: str, object_id: UUID, details: Collection[str]) -> str | None:
    """Which of these the log says last of this object."""
    query = select(audit.T).where(T.object_id == object_id, T.act == act, T.detail.in_(details))
    for row in await tx.conn.execute(query.order_by(T.number.desc())):
        if audit.is_genuine(tx, one := audit.entry_of(row)):
            return one.detail
    return None
