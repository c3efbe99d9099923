"""What the log about staff says was done, as far as its own keyed hashes are true.

A column says who agreed; whoever writes into the database writes that, too. The entry that was
chained with the deed they cannot make.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from storage import audit
from storage.database import Tx

T = audit.T.c

Step = tuple[UUID | None, str]
"""Who, and the detail of the entry."""


async def steps(tx: Tx, act: str, object_ids: Collection[UUID]) -> dict[UUID, set[Step]]:
    """By what it was done to: every step of this act."""
    found: dict[UUID, set[Step]] = {one: set() for one in object_ids}
    query = select(audit.T).where(T.object_id.in_(list(found)), T.act == act)
    for row in await tx.conn.execute(query) if found else ():
        one = audit.entry_of(row)
        if audit.is_genuine(tx, one) and one.object_id is not None:
            found[one.object_id].add((one.member_id, one.detail))
    return found


async def last(tx: Tx, act: str, object_id: UUID, details: Collection[str]) -> str | None:
    """Which of these the log says last of this object."""
    query = select(audit.T).where(T.object_id == object_id, T.act == act, T.detail.in_(details))
    for row in await tx.conn.execute(query.order_by(T.number.desc())):
        if audit.is_genuine(tx, one := audit.entry_of(row)):
            return one.detail
    return None
