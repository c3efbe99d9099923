"""What each contact is called at the desk; no way leads from it to a number, nor back."""

import secrets
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from domain.alias import LARGEST, WORDS, Alias
from storage import desk_tables, tables
from storage.database import Tx
from storage.rows import insert_new

T = desk_tables.aliases
C = tables.conversations.c

_HIGHEST = (99, 99, 999, 9_999, LARGEST, LARGEST)
"""The largest number of each try: short ones first, for they are said aloud."""


async def give(tx: Tx, contact_ids: Collection[UUID]) -> None:
    """Name these contacts; whoever has an alias keeps it."""
    left = set(contact_ids)
    for highest in _HIGHEST:
        if not left:
            return
        rows = [
            {
                "contact_id": c,
                "word": secrets.choice(WORDS),
                "number": 1 + secrets.randbelow(highest),
            }
            for c in sorted(left)
        ]
        left -= set(await insert_new(tx, T, rows, "contact_id"))
        if left:
            named = await tx.conn.execute(select(T.c.contact_id).where(T.c.contact_id.in_(left)))
            left -= set(named.scalars())


async def nameless(tx: Tx, conversation_ids: Collection[UUID]) -> list[UUID]:
    """The contacts of these conversations that have none."""
    query = (
        select(C.contact_id)
        .join(T, T.c.contact_id == C.contact_id, isouter=True)
        .where(C.id.in_(conversation_ids), T.c.contact_id.is_(None))
    )
    return list((await tx.conn.execute(query)).scalars())


async def of_contact(tx: Tx, contact_id: UUID) -> Alias | None:
    """This contact's, or None."""
    query = select(T.c.word, T.c.number).where(T.c.contact_id == contact_id)
    row = (await tx.conn.execute(query)).one_or_none()
    return Alias(row.word, row.number) if row else None


async def of_contacts(tx: Tx, contact_ids: Collection[UUID]) -> dict[UUID, Alias]:
    """Those of these contacts who have one."""
    query = select(T.c.contact_id, T.c.word, T.c.number).where(T.c.contact_id.in_(contact_ids))
    return {row[0]: Alias(row[1], row[2]) for row in await tx.conn.execute(query)}


async def called(tx: Tx, word: str, number: int | None) -> list[UUID]:
    """The contacts with this alias; with any number where none is given."""
    query = select(T.c.contact_id).where(T.c.word == word).order_by(T.c.number)
    if number is not None:
        query = query.where(T.c.number == number)
    return list((await tx.conn.execute(query)).scalars())
