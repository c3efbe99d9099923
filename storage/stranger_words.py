"""The words of what is asked about somebody whom the line does not know: sealed to the team itself.

As texts are (`storage.texts`), bound to their row, entry and part, under two secrets. The pair is
the team's own: its generation stands where that of a contact's pair does. When the team's pair is
replaced they are sealed to the new one, as contacts' private halves are.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from storage import team, texts
from storage.admitted import Key
from storage.database import Tx
from storage.encryption import SealBroken
from storage.ids import new_id
from storage.pairs import Pair
from storage.reading import To
from storage.register_tables import stranger_words
from storage.register_words import Part, by_entry
from storage.rows import insert_new
from storage.texts import Place, Words, place

T = stranger_words.c


async def add(
    tx: Tx, entry_id: UUID, part: Part, member_id: UUID, body: str, now: datetime
) -> None:
    """No words are none; what was written before stays."""
    if not body:
        return
    await learn(tx, [entry_id])
    values: dict[str, Any] = {
        "id": new_id(now),
        "entry_id": entry_id,
        "part": part,
        "member_id": member_id,
        "at": now,
    }
    values["body_sealed"] = texts.seal(tx, body, place_of(values))
    await insert_new(tx, stranger_words, [values], "id")


async def learn(tx: Tx, entry_ids: Iterable[UUID]) -> None:
    """Before anything of these is sealed: to the newest team, or the server alone without one."""
    there = await team.public_key(tx)
    for entry_id in entry_ids:
        tx.held.to[entry_id] = To(entry_id, *there) if there else None


async def of_entries(tx: Tx, entry_ids: Collection[UUID]) -> dict[UUID, dict[Part, Words]]:
    """By entry, for whoever reads."""
    query = select(stranger_words).where(T.entry_id.in_(entry_ids))
    rows = list(await tx.conn.execute(query))
    await texts.ready(tx, [])
    _know(tx, rows, tx.reader.team if tx.reader is not None else {})
    return by_entry(tx, rows, place_of)


def _generation(sealed: bytes) -> int | None:
    """Of the team to which it is sealed; None: to the server alone."""
    return int.from_bytes(sealed[3:5], "big") if sealed[0] == texts.VERSION else None


def _know(tx: Tx, rows: Iterable[Any], opened: Mapping[int, Pair]) -> None:
    for row in rows:
        tx.held.whose[row.entry_id] = row.entry_id
        generation = _generation(row.body_sealed)
        pair = opened.get(generation) if generation is not None else None
        if generation is not None and pair is not None:
            tx.held.pairs[row.entry_id, generation] = pair


async def carry_over(tx: Tx, opened: Mapping[int, Pair], new: Key) -> None:
    """All that are sealed to a team before this one; `opened`: those teams' pairs."""
    rows = list(await tx.conn.execute(select(stranger_words)))
    rows = [
        row for row in rows if (_generation(row.body_sealed) or new.generation) < new.generation
    ]
    _know(tx, rows, opened)
    for row in rows:
        where = place_of(row._mapping)
        try:
            plain = texts.open_bytes(tx, row.body_sealed, where)
        except SealBroken:
            continue
        tx.held.to[row.entry_id] = To(row.entry_id, new.generation, new.pair.public)
        tx.held.fresh.pop(row.entry_id, None)
        again = texts.seal_bytes(tx, plain, where)
        same = (T.id == row.id) & (T.body_sealed == row.body_sealed)
        await tx.conn.execute(update(stranger_words).where(same).values(body_sealed=again))


def place_of(values: Mapping[Any, Any]) -> Place:
    """Where its text stands, by its row's columns."""
    entry = values["entry_id"]
    return place(
        entry,
        ("stranger_words", values["id"], "body", entry),
        kind=str(values["part"]),
        author=values["member_id"],
        at=values["at"],
    )
