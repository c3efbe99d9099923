"""The key that seals back-ups, as it lies in the database: wrapped."""

from sqlalchemy import select

from storage import tables
from storage.database import Tx

K = tables.keys.c


async def wrapped(tx: Tx, generation: int) -> bytes:
    """By UTVAG_SECRET_KEY: to be kept in the back-up, which opens by that secret alone then."""
    query = select(K.wrapped).where(K.purpose == "backup", K.generation == generation)
    return bytes((await tx.conn.execute(query)).scalar_one())
