"""What pages show of the house and no event tells: who works here, and which lines there are."""

from sqlalchemy import func, select

from storage import tables
from storage.database import Tx


async def mark(tx: Tx) -> tuple[int, ...]:
    """Another one after each `line add`, invitation, joining and revoking."""
    m = tables.members.c
    members = select(func.count(), func.count(m.joined_at), func.count(m.revoked_at))
    lines = select(func.count()).select_from(tables.lines)
    found = (await tx.conn.execute(members.select_from(tables.members))).one()
    return (*found, (await tx.conn.execute(lines)).scalar_one())
