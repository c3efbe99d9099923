"""From when on the provider's list has to be read to be sure that nothing was missed."""

from datetime import datetime

from sqlalchemy import select

from domain.message import Channel
from storage import tables
from storage.database import Tx
from storage.rows import upsert

T = tables.listings


async def complete_from(tx: Tx, channel: Channel) -> datetime | None:
    """When the last listing that was read to its end had begun."""
    query = select(T.c.complete_from).where(T.c.channel == channel)
    return (await tx.conn.execute(query)).scalar_one_or_none()


async def completed(tx: Tx, channel: Channel, began_at: datetime) -> None:
    """A listing that began then was read to its end and taken in; a later one's mark stays."""
    statement = upsert(tx, T).values(channel=channel, complete_from=began_at)
    await tx.conn.execute(
        statement.on_conflict_do_update(
            index_elements=["channel"],
            set_={"complete_from": statement.excluded.complete_from},
            where=T.c.complete_from < statement.excluded.complete_from,
        )
    )
