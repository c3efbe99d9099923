"""What was ever handled or destroyed: keyed hashes, so that nothing counts twice or comes back."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from storage import channel_tables
from storage.database import Tx
from storage.rows import insert_new


def receipt(tx: Tx, channel: str, provider_id: str) -> bytes:
    """The keyed hash by which a provider's message is known again."""
    return tx.keys.index(f"receipt:{channel}", provider_id)


def of_words(tx: Tx, message_id: UUID, words: str) -> bytes:
    """By which a redacted message's words are known again when they are brought once more."""
    return tx.keys.index("receipt:words", f"{message_id}/{words}")


async def known(tx: Tx, hashes: Collection[bytes]) -> set[bytes]:
    """Those that are kept already. A parallel transaction's are not seen."""
    column = channel_tables.receipts.c.provider_hash
    query = select(column).where(column.in_(hashes))
    return set((await tx.conn.execute(query)).scalars()) if hashes else set()


async def take(tx: Tx, hashes: Iterable[bytes], now: datetime) -> set[bytes]:
    """Keep the receipts; those that are new. A parallel transaction's are waited for."""
    rows = [{"provider_hash": h, "at": now} for h in sorted(set(hashes))]
    return set(await insert_new(tx, channel_tables.receipts, rows, "provider_hash"))
