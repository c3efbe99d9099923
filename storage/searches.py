"""What somebody searches for, kept while its page is shown; and what is looked through.

That somebody searched, and when, is an entry of the log, which never holds the words.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from domain.message import Author
from storage import audit, desk_tables, messages, notes, revisions, tables
from storage.database import Tx
from storage.encryption import SealBroken
from storage.ids import new_id
from storage.rows import insert

T = desk_tables.searches
LAST = UUID(int=2**128 - 1)
"""After every id."""


@dataclass(frozen=True)
class Text:
    """Something that a person wrote, in the order of `id`."""

    id: UUID
    place: UUID
    """The message or the note at which it stands."""
    conversation_id: UUID
    body: str
    at: datetime
    note: bool
    sealed: bool = False
    """Whoever searches was not admitted to it; `body` is empty."""


async def keep(tx: Tx, member_id: UUID, words: str, now: datetime) -> UUID:
    """Keep that this member searched for these words; the search's id."""
    row = new_id(now)
    sealed = tx.keys.seal("audit", words, "searches", row, "words", member_id)
    kept = {"id": row, "member_id": member_id, "words_sealed": sealed, "at": now}
    await insert(tx, T, [kept])
    audit.note(tx, "searched", now, member_id, row)
    return row


async def kept(tx: Tx, search_id: UUID, member_id: UUID, since: datetime) -> str | None:
    """The words of this member's own search, if it is not older than `since`."""
    query = select(T.c.words_sealed).where(T.c.id == search_id, T.c.member_id == member_id)
    sealed = (await tx.conn.execute(query.where(T.c.at >= since))).scalar_one_or_none()
    try:
        bound = ("searches", search_id, "words", member_id)
        return tx.keys.open("audit", sealed, *bound) if sealed else None
    except SealBroken:
        return None


async def any_before(tx: Tx, moment: datetime) -> bool:
    """Whether the words of any are older than this. The table holds a day's at most."""
    query = select(T.c.id).where(T.c.at <= moment).limit(1)
    return (await tx.conn.execute(query)).first() is not None


async def end(tx: Tx, until: datetime) -> int:
    """The words of all up to this moment go, in one order, whoever ends them at once; how many."""
    over = select(T.c.id).where(T.c.at <= until).order_by(T.c.id)
    if tx.postgres:
        over = over.with_for_update(skip_locked=True)
    return (await tx.conn.execute(delete(T).where(T.c.id.in_(over)))).rowcount


async def how_many(tx: Tx) -> int:
    """Conversations that there are, whatever their state."""
    query = select(func.count()).select_from(tables.conversations)
    return int((await tx.conn.execute(query)).scalar_one())


async def said_before(tx: Tx, within: Collection[UUID], before: UUID, limit: int) -> list[Text]:
    """What people wrote in these conversations, newest first; the machine's texts are the same for
    everybody."""
    m = tables.messages.c
    query = (
        select(*messages.COLUMNS)
        .where(m.conversation_id.in_(within), m.id < before)
        .where(m.author != Author.MACHINE, m.body_sealed.is_not(None))
        .order_by(m.id.desc())
        .limit(limit)
    )
    read = await messages.read(tx, await tx.conn.execute(query))
    return [
        Text(r.id, r.id, r.conversation_id, r.body or "", r.at, note=False, sealed=r.sealed)
        for r in read
    ]


async def edited_before(tx: Tx, within: Collection[UUID], before: UUID, limit: int) -> list[Text]:
    """What contacts made of their messages in these conversations later, newest first."""
    return [
        Text(
            edit.id, edit.message_id, talk, edit.body or "", edit.at, note=False, sealed=edit.sealed
        )
        for talk, edit in await revisions.before(tx, within, before, limit)
    ]


async def noted_before(tx: Tx, within: Collection[UUID], before: UUID, limit: int) -> list[Text]:
    """Internal notes in these conversations, newest first."""
    return [
        Text(note.id, note.id, talk, note.body or "", note.at, note=True, sealed=note.sealed)
        for talk, note in await notes.before(tx, within, before, limit)
    ]
