"""Whose deletion is under way, and how far it has come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select

from domain.deletion import Stage
from domain.message import Channel
from storage import contacts, tables
from storage.contacts import Contact
from storage.database import Tx
from storage.deletion_tables import deletions
from storage.moments import Moment
from storage.pair_tables import contact_keys
from storage.rows import insert_new, upsert
from storage.same_address import indexes_of_ids

T = deletions.c
K = contact_keys.c


@dataclass(frozen=True)
class Deletion:
    """One contact's."""

    contact_id: UUID
    stage: Stage
    asked_at: datetime
    due_at: datetime | None
    member_id: UUID | None = None
    """Who confirmed it; None: the contact alone."""
    keeps_notes: bool = False
    tells: bool = False
    told_row_id: UUID | None = None
    began_at: datetime | None = None
    done_at: datetime | None = None


_FIELDS = tuple(Deletion.__dataclass_fields__)
_COLUMNS = tuple(T[name] for name in _FIELDS)


def _read(row: Sequence[Any]) -> Deletion:
    values = dict(zip(_FIELDS, row, strict=True))
    values["stage"] = Stage(values["stage"])
    return Deletion(**values)


async def ask(tx: Tx, contact_ids: Iterable[UUID], now: datetime) -> None:
    """These have confirmed it with nothing open. Who has asked before has."""
    rows = [_row(Deletion(c, Stage.ASKED, now, now, tells=True)) for c in contact_ids]
    await insert_new(tx, deletions, rows, "contact_id")


async def save(tx: Tx, changed: Sequence[Deletion]) -> None:
    """Write these down, new or not. Their contacts are locked."""
    if not changed:
        return
    statement = upsert(tx, deletions)
    again = {name: statement.excluded[name] for name in _FIELDS if name != "contact_id"}
    await tx.conn.execute(
        statement.on_conflict_do_update(index_elements=["contact_id"], set_=again),
        [_row(one) for one in changed],
    )


def _row(one: Deletion) -> dict[str, object]:
    return {name: getattr(one, name) for name in _FIELDS}


async def take_back(tx: Tx, contact_id: UUID) -> None:
    """Something is open after all: it is none until a person has confirmed it."""
    await tx.conn.execute(
        delete(deletions).where(T.contact_id == contact_id, T.stage == Stage.ASKED)
    )


async def due(tx: Tx, now: datetime, limit: int) -> list[UUID]:
    """The contacts with whose deletion to go on now."""
    query = select(T.contact_id).where(T.due_at.is_not(None), T.due_at <= now)
    return list((await tx.conn.execute(query.order_by(T.due_at).limit(limit))).scalars())


ANY_DUE = select(T.contact_id).where(
    T.due_at.is_not(None), T.due_at <= bindparam("now", type_=Moment())
)


async def any_done_since(tx: Tx, since: datetime) -> bool:
    """Whether one has come to its end since then."""
    query = select(T.contact_id).where(T.done_at >= since).limit(1)
    return (await tx.conn.execute(query)).first() is not None


async def under_way(tx: Tx, contact_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these contacts whose deletion was confirmed and is not over."""
    query = select(T.contact_id).where(T.contact_id.in_(set(contact_ids)), T.stage != Stage.DONE)
    return set((await tx.conn.execute(query)).scalars())


async def of_contact(tx: Tx, contact_id: UUID) -> Deletion | None:
    """This contact's, or None. Nobody goes on with it while the contact is locked."""
    query = select(*_COLUMNS).where(T.contact_id == contact_id)
    row = (await tx.conn.execute(query)).one_or_none()
    return _read(row) if row else None


async def everyone_at(tx: Tx, contact_id: UUID, *, wait: bool) -> dict[UUID, Contact]:
    """Whoever has this contact's address, locked until the commit.

    Empty where another transaction holds one of them and this one does not `wait`.
    """
    ids = await with_address_of(tx, contact_id)
    return await contacts.held(tx, ids) if wait else await _all_free(tx, ids)


async def with_address_of(tx: Tx, contact_id: UUID) -> set[UUID]:
    """Whoever has this contact's address, with whichever line and by whichever channel of the same
    number, the contact among them."""
    indexes = await indexes_of_ids(tx, [contact_id])
    if not indexes:
        return {contact_id}
    lines = select(tables.lines.c.id)
    query = select(K.contact_id).where(
        K.line_id.in_(lines), K.channel.in_(tuple(Channel)), K.address_index.in_(indexes)
    )
    return {contact_id, *(await tx.conn.execute(query)).scalars()}


async def _all_free(tx: Tx, ids: set[UUID]) -> dict[UUID, Contact]:
    found = await contacts.free(tx, ids)
    return found if found.keys() == ids else {}
