"""From when on the provider's list has to be read to be sure that nothing was missed."""

from datetime import datetime

from sqlalchemy import select

from storage import channel_tables
from storage.database import Tx
from storage.rows import upsert

T = channel_tables.listings


CALLS = "calls"
"""Listed like a channel of the number."""


async def complete_from(tx: Tx, channel: str) -> datetime | None:
    """When the last listing that was read to its end had begun: a channel's, or CALLS."""
    query = select(T.c.complete_from).where(T.c.channel == channel)
    return (await tx.conn.execute(query)).scalar_one_or_none()


async def completed(tx: Tx, channel: str, began_at: datetime) -> None:
    """A listing that began then was read to its end and taken in; a later one's mark stays."""
    statement = upsert(tx, T).values(channel=channel, complete_from=began_at)
    await tx.conn.execute(
        statement.on_conflict_do_update(
            index_elements=["channel"],
            set_={"complete_from": statement.excluded.complete_from},
            where=T.c.complete_from < statement.excluded.complete_from,
        )
    )
