"""What has stood for its term goes, row by row: marks of deliveries, notes, logs, and in the end
the bare rows of whole conversations.

Whatever is of a conversation is removed while its contact is locked.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, and_, delete, func, select, update

from storage import tables
from storage.channel_tables import listings, pictures, receipts, revisions
from storage.database import Tx
from storage.deletion_tables import deletions, holds
from storage.desk_tables import aliases, note_drafts, noted_troubles, searches
from storage.door_tables import blocks
from storage.need_tables import conflicts, reading_reasons
from storage.outlived import MARKED_HERE, MARKED_THERE
from storage.page_tables import pages
from storage.pair_tables import contact_keys, contact_pairs
from storage.plan_tables import plans
from storage.rows import change
from storage.safe_tables import decided_words, quiet_words
from storage.shift_tables import helps
from storage.wait_tables import waits

M, O, N = tables.messages.c, tables.outbox.c, tables.notes.c  # noqa: E741 - as in outbox

MARGIN = timedelta(days=2)
"""A provider's list is read again from so much before the last complete listing, at most."""


@dataclass(frozen=True)
class Batch:
    """What one look did."""

    removed: int
    after: str | None
    """Where the next one goes on; None: there is nothing more."""


async def marks(tx: Tx, talk_ids: Collection[UUID]) -> int:
    """No provider's word about these messages finds them any more; how many they were."""
    heard = update(tables.messages).where(M.conversation_id.in_(talk_ids), MARKED_HERE)
    removed = (await tx.conn.execute(heard.values(provider_id=None))).rowcount
    query = select(O.id).where(O.conversation_id.in_(talk_ids), MARKED_THERE)
    sent = list((await tx.conn.execute(query)).scalars())
    new = [{"id": r, "provider_id": None, "code": secrets.token_urlsafe(24)} for r in sent]
    await change(tx, tables.outbox, new)
    return removed + len(sent)


async def notes(tx: Tx, talk_ids: Collection[UUID], before: datetime) -> int:
    """Counsellors' notes; how many they were."""
    gone = delete(tables.notes).where(N.conversation_id.in_(talk_ids), N.at <= before)
    return (await tx.conn.execute(gone)).rowcount


OF_MESSAGES: Mapping[Table, str] = dict.fromkeys((revisions, pictures, decided_words), "message_id")
OF_OUTBOX: Mapping[Table, str] = {noted_troubles: "outbox_id"}
OF_CONVERSATIONS: Mapping[Table, str] = dict.fromkeys(
    (
        *(plans, tables.outbox, tables.messages, tables.notes, tables.drafts, note_drafts),
        *(tables.triages, tables.openings, tables.events, waits, helps, pages, blocks),
        *(reading_reasons, quiet_words, holds),
    ),
    "conversation_id",
)
OF_CONTACTS: Mapping[Table, str] = {
    tables.conversations: "contact_id",
    contact_keys: "contact_id",
    contact_pairs: "contact_id",
    aliases: "contact_id",
    deletions: "contact_id",
    conflicts: "contact_id",
}
"""Of all that is a contact's, in the order in which it may go."""


async def everything(tx: Tx, talks: Mapping[UUID, UUID]) -> int:
    """Of these conversations and their contacts no row is left; how many there were."""
    of_talks = tuple(talks)
    messages = select(M.id).where(M.conversation_id.in_(of_talks))
    outbox = select(O.id).where(O.conversation_id.in_(of_talks))
    people = tuple(talks.values())
    known = and_(receipts.c.message_id.is_not(None), receipts.c.message_id.in_(messages))
    await tx.conn.execute(delete(receipts).where(known))
    for which, theirs in (
        (OF_MESSAGES, messages),
        (OF_OUTBOX, outbox),
        (OF_CONVERSATIONS, of_talks),
        (OF_CONTACTS, people),
    ):
        for table, column in which.items():
            await tx.conn.execute(delete(table).where(table.c[column].in_(theirs)))
    await tx.conn.execute(delete(tables.contacts).where(tables.contacts.c.id.in_(people)))
    return len(talks)


async def _until(tx: Tx, before: datetime) -> datetime:
    """What a provider may still list is known again, however old it is."""
    query = select(func.min(listings.c.complete_from))
    listed = (await tx.conn.execute(query)).scalar_one_or_none()
    return before if listed is None else min(before, listed - MARGIN)


async def receipts_gone(tx: Tx, before: datetime, after: str | None, limit: int) -> Batch:
    """The marks by which what was handled is known again. All are looked through, a few at a time:
    an index over their age would cost every text that comes in."""
    key = receipts.c.provider_hash
    seen = select(key, receipts.c.at).order_by(key).limit(limit)
    if after is not None:
        seen = seen.where(key > bytes.fromhex(after))
    rows = (await tx.conn.execute(seen)).all()
    until = await _until(tx, before)
    old = [bytes(row.provider_hash) for row in rows if row.at <= until]
    if old:
        await tx.conn.execute(delete(receipts).where(key.in_(old)))
    last = bytes(rows[-1].provider_hash).hex() if len(rows) == limit else None
    return Batch(len(old), last)


async def count_receipts(tx: Tx, before: datetime) -> int:
    """How many there are to go."""
    return await _count(tx, receipts, receipts.c.at <= await _until(tx, before))


def _pages(before: datetime) -> Any:
    t = pages.c
    return and_(t.conversation_id.is_(None), t.due_at.is_(None), t.made_at <= before)


async def pages_gone(tx: Tx, before: datetime, after: str | None, limit: int) -> Batch:
    """What members were told that was about no conversation."""
    return await _by_id(tx, pages, select(pages.c.id).where(_pages(before)), after, limit)


async def openings_gone(tx: Tx, before: datetime, after: str | None, limit: int) -> Batch:
    """Who opened what; each of them is an entry of the log, too, for as long."""
    opened = select(tables.openings.c.id).where(tables.openings.c.at <= before)
    return await _by_id(tx, tables.openings, opened, after, limit)


async def searches_gone(tx: Tx, before: datetime, after: str | None, limit: int) -> Batch:
    """What was searched for."""
    searched = select(searches.c.id).where(searches.c.at <= before)
    return await _by_id(tx, searches, searched, after, limit)


async def count_pages(tx: Tx, before: datetime) -> int:
    """How many there are to go."""
    return await _count(tx, pages, _pages(before))


async def _count(tx: Tx, table: Table, which: Any) -> int:
    query = select(func.count()).select_from(table).where(which)
    return int((await tx.conn.execute(query)).scalar_one())


async def _by_id(tx: Tx, table: Table, query: Select[Any], after: str | None, limit: int) -> Batch:
    if after is not None:
        query = query.where(table.c.id > UUID(after))
    found = list((await tx.conn.execute(query.order_by(table.c.id).limit(limit))).scalars())
    if found:
        await tx.conn.execute(delete(table).where(table.c.id.in_(found)))
    return Batch(len(found), found[-1].hex if len(found) == limit else None)
