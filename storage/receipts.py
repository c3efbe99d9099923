"""What was ever handled or destroyed: keyed hashes, so that nothing counts twice or comes back."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, delete, select

from storage import channel_tables
from storage.database import Tx
from storage.rows import insert_new

T = channel_tables.receipts.c


class Receipt(NamedTuple):
    """The keyed hash by which something is known again."""

    by: bytes
    before: tuple[bytes, ...] = ()
    """The same by older keys of the server's, by which it may be kept."""


def receipt(tx: Tx, channel: str, provider_id: str) -> Receipt:
    """Of a provider's message."""
    return _receipt(tx, f"receipt:{channel}", provider_id)


def of_words(tx: Tx, message_id: UUID, words: str) -> Receipt:
    """By which a redacted message's words are known again when they are brought once more."""
    return _receipt(tx, "receipt:words", f"{message_id}/{words}")


def _receipt(tx: Tx, kind: str, value: str) -> Receipt:
    by, *before = tx.keys.indexes(kind, value)
    return Receipt(by, tuple(before))


def of_alias(tx: Tx, word: str, number: int) -> Receipt:
    """By which the alias of somebody who was deleted is known, so that nobody else is called so."""
    return _receipt(tx, "receipt:alias", f"{word}/{number}")


async def known(tx: Tx, these: Collection[Receipt]) -> set[Receipt]:
    """Those that are kept already. A parallel transaction's are not seen."""
    whose = {one: r for r in these for one in (r.by, *r.before)}
    query = select(T.provider_hash).where(T.provider_hash.in_(list(whose)))
    return {whose[one] for one in (await tx.conn.execute(query)).scalars()} if whose else set()


async def take(tx: Tx, these: Iterable[Receipt], now: datetime) -> set[Receipt]:
    """Keep the receipts; those that are new. A parallel transaction's are waited for."""
    wanted = set(these)
    if any(r.before for r in wanted):
        wanted -= await known(tx, wanted)
    whose = {r.by: r for r in wanted}
    rows = [{"provider_hash": by, "at": now} for by in sorted(whose)]
    taken = await insert_new(tx, channel_tables.receipts, rows, "provider_hash")
    return {whose[by] for by in taken}


async def take_words(tx: Tx, message_id: UUID, texts: Iterable[str], now: datetime) -> bool:
    """Know these words of a redacted message again, until the message's own time is over; whether
    any of them are new."""
    wanted = {of_words(tx, message_id, words) for words in texts}
    if any(r.before for r in wanted):
        wanted -= await known(tx, wanted)
    hashes = sorted(r.by for r in wanted)
    rows = [{"provider_hash": h, "at": now, "message_id": message_id} for h in hashes]
    return bool(await insert_new(tx, channel_tables.receipts, rows, "provider_hash"))


async def forget_words(tx: Tx, message_ids: Select[tuple[UUID]]) -> None:
    """Nobody can try out any more what these messages said."""
    gone = delete(channel_tables.receipts)
    await tx.conn.execute(gone.where(T.message_id.is_not(None), T.message_id.in_(message_ids)))
