"""What lies under an older generation of the server's keys is exchanged for the newest, bit by bit.

As in `storage.resealing`: each table in the order of its rows, a few at a time, and once more until
nothing was found. How far it has come is in the database, so whoever is killed at any point is
followed by another. A row is exchanged only while it is as it was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.exc import IntegrityError

from storage import contact_pairs, contacts, queue
from storage.database import Tx
from storage.encryption import SealBroken
from storage.key_tables import rekeying
from storage.rekeyed import KINDS, Kind, Under, talk_of
from storage.rows import upsert

R = rekeying.c

TABLES = "compacted"
"""Under this name stands when the tables were made small again."""

KEYS = "keys compacted"
"""The same of the keys themselves, once an old one is destroyed; due while it is not done."""


@dataclass(frozen=True)
class Here:
    """How far one table is."""

    after: UUID | None = None
    found: bool = False
    done: bool = False


async def _here(tx: Tx, name: str, generation: int) -> Here:
    query = select(R.after, R.found, R.done_at).where(R.name == name, R.generation == generation)
    row = (await tx.conn.execute(query)).one_or_none()
    return Here(row.after, row.found, row.done_at is not None) if row else Here()


async def unfinished(tx: Tx, generation: int) -> str | None:
    """What is to be looked through next, or `TABLES`; None once everything is done."""
    query = select(R.name).where(R.generation == generation, R.done_at.is_not(None))
    done = set((await tx.conn.execute(query)).scalars())
    names = (*(kind.name for kind in KINDS), TABLES)
    return next((name for name in names if name not in done), None)


async def step(tx: Tx, name: str, generation: int, now: datetime) -> int:
    """Look at some more rows of this table; how many that were, and 1 at the end of it: the next
    one is to be looked at. 0 where this process does not seal by that generation yet."""
    kind = next(kind for kind in KINDS if kind.name == name)
    here = await _here(tx, name, generation)
    rows = await _rows(tx, kind, here.after)
    found = bool(await _exchange(tx, kind, rows)) or here.found
    goes_on = bool(rows) and kind.in_order is not None
    if goes_on:
        await note(tx, name, generation, after=rows[-1]._mapping[kind.in_order], found=found)
        return len(rows)
    await note(tx, name, generation, done_at=None if found else now)
    return 1


async def note(tx: Tx, name: str, generation: int, **how: Any) -> None:
    """Write down how far it is."""
    values = {"generation": generation, "after": None, "found": False, "done_at": None} | how
    row = upsert(tx, rekeying).values(name=name, **values)
    await tx.conn.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))


async def is_due(tx: Tx, name: str) -> bool:
    """Whether it was begun and is not done."""
    query = select(R.name).where(R.name == name, R.done_at.is_(None))
    return (await tx.conn.execute(query)).first() is not None


async def _rows(tx: Tx, kind: Kind, after: UUID | None) -> list[Any]:
    query, order = kind.query, kind.in_order
    if order is not None:
        query = (query.where(order > after) if after else query).order_by(order)
        query = query.limit(kind.at_once)
    return list((await tx.conn.execute(query)).all())


async def _exchange(tx: Tx, kind: Kind, rows: Sequence[Any]) -> int:
    """How many were exchanged."""
    old = [row for row in rows if any(_is_old(tx, one, row) for one in kind.under)]
    if not old:
        return 0
    if kind.of_talks:
        talks = {talk_of(row) for row in old}
        await queue.hold(tx, talks)
        await contact_pairs.look_up(tx, talks)
    if kind.contact is not None:
        await contacts.held(tx, [row._mapping[kind.contact.name] for row in old])
    return sum([await _one(tx, kind, row) for row in old])


def _is_old(tx: Tx, one: Under, row: Any) -> bool:
    return one.is_old(tx, row._mapping[one.column.name])


async def _one(tx: Tx, kind: Kind, row: Any) -> bool:
    new: dict[Any, bytes] = {}
    for one in kind.under:
        stands = row._mapping[one.column.name]
        if not one.is_old(tx, stands):
            continue
        try:
            new[one.column] = one.renew(tx, row, stands)
        except SealBroken:  # it opens for nobody, and is none the worse for the key's end
            continue
    if not new:
        return False
    same = and_(
        *(key == row._mapping[key.name] for key in kind.table.primary_key),
        *(column == row._mapping[column.name] for column in new),
    )
    try:
        async with tx.conn.begin_nested():
            changed = await tx.conn.execute(update(kind.table).where(same).values(new))
    except IntegrityError:  # somebody has the newer index already: nobody is found by the older
        return False
    return changed.rowcount == 1
