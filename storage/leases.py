"""What only one process may do at a time: held for a while, renewed, and taken over after it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_

from storage import channel_tables
from storage.database import Tx
from storage.rows import upsert

T = channel_tables.leases


async def hold(tx: Tx, name: str, holder: UUID, now: datetime, until: datetime) -> bool:
    """Take it, or renew it, until then; False while another holds it. Of several that ask at the
    same moment one gets it."""
    statement = upsert(tx, T).values(name=name, holder=holder, until=until)
    held = await tx.conn.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "until": until},
            where=or_(T.c.holder == holder, T.c.until <= now),
        ).returning(T.c.holder)
    )
    return held.first() is not None


async def give_back(tx: Tx, name: str, holder: UUID) -> None:
    """Nobody needs to wait until it has run out."""
    await tx.conn.execute(delete(T).where(T.c.name == name, T.c.holder == holder))


async def give_all_back(tx: Tx, holder: UUID) -> None:
    """Whatever it held."""
    await tx.conn.execute(delete(T).where(T.c.holder == holder))
