"""What each contact is called at the desk; no way leads from it to a number, nor back."""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from domain.alias import LARGEST, WORDS, Alias
from storage import desk_tables, receipts, tables
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
        rows = await _free(tx, [_drawn(contact_id, highest) for contact_id in sorted(left)])
        left -= set(await insert_new(tx, T, rows, "contact_id"))
        if left:
            named = await tx.conn.execute(select(T.c.contact_id).where(T.c.contact_id.in_(left)))
            left -= set(named.scalars())


def _drawn(contact_id: UUID, highest: int) -> dict[str, Any]:
    number = 1 + secrets.randbelow(highest)
    return {"contact_id": contact_id, "word": secrets.choice(WORDS), "number": number}


async def _free(tx: Tx, drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those by which nobody was called who was deleted: what colleagues remember of them is not
    taken for somebody else's."""
    names = [receipts.of_alias(tx, row["word"], row["number"]) for row in drawn]
    spent = await receipts.known(tx, names)
    return [row for row, one in zip(drawn, names, strict=True) if one not in spent]


async def spend(tx: Tx, contact_ids: Collection[UUID], now: datetime) -> None:
    """Nobody is called by the aliases of these contacts again; of them a keyed hash stays."""
    gone = delete(T).where(T.c.contact_id.in_(contact_ids)).returning(T.c.word, T.c.number)
    rows = (await tx.conn.execute(gone)).all()
    await receipts.take(tx, [receipts.of_alias(tx, row.word, row.number) for row in rows], now)


async def nameless(tx: Tx, conversation_ids: Collection[UUID]) -> list[UUID]:
    """The contacts of these conversations that have none."""
    query = (
        select(C.contact_id)
        .join(T, T.c.contact_id == C.contact_id, isouter=True)
        .where(C.id.in_(conversation_ids), T.c.contact_id.is_(None))
    )
    return list((await tx.conn.execute(query)).scalars())


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
