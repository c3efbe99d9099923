"""How often was each member refused the same within the minute that is under way?

Written down are the first and, when the minute is over, how many more there were: who tries every
address that there is does not fill the log, and what they did still stands in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from storage.audit_tables import refusals
from storage.database import Tx
from storage.rows import insert_new

T = refusals.c


@dataclass(frozen=True)
class More:
    """What came after the first, and was not written down by itself."""

    member_id: UUID
    what: str
    number: int


async def is_first(
    tx: Tx, member_id: UUID, what: str, now: datetime, since: datetime
) -> tuple[bool, More | None]:
    """Whether this one is to be written down by itself; what is left of a minute that is over."""
    row = {"member_id": member_id, "what": what, "began_at": now, "more": 0}
    if await insert_new(tx, refusals, [row], "member_id"):
        return True, None
    ours = (T.member_id == member_id) & (T.what == what)
    query = select(T.began_at, T.more).where(ours)
    known = (await tx.conn.execute(query.with_for_update() if tx.postgres else query)).one_or_none()
    if known is None:  # its minute was closed at this moment
        return True, None
    if known.began_at > since:
        await tx.conn.execute(update(refusals).where(ours).values(more=T.more + 1))
        return False, None
    await tx.conn.execute(update(refusals).where(ours).values(began_at=now, more=0))
    return True, More(member_id, what, known.more) if known.more else None


async def any_over(tx: Tx, since: datetime) -> bool:
    """Whether a minute is over."""
    return (
        await tx.conn.execute(select(T.what).where(T.began_at <= since).limit(1))
    ).first() is not None


async def over(tx: Tx, since: datetime) -> Iterator[More]:
    """Those whose minute is over; it is forgotten."""
    gone = delete(refusals).where(T.began_at <= since).returning(T.member_id, T.what, T.more)
    rows = (await tx.conn.execute(gone)).all()
    return (More(*row) for row in rows if row.more)
