"""Who must stay away from which contact, and since when: a conflict of interest, said by a person.

It holds for whoever has the contact's address, with whichever line. Few stand at any time: they are
read whole.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from domain.message import Channel
from storage import deletions, tables
from storage.database import Tx
from storage.ids import new_id
from storage.need_tables import conflicts
from storage.pair_tables import contact_keys
from storage.rows import insert_new
from storage.same_address import indexes_of_ids

T = conflicts.c
C, K = tables.conversations.c, contact_keys.c

_STANDING = T.lifted_at.is_(None)


@dataclass(frozen=True)
class Conflict:
    """One of them."""

    contact_id: UUID
    member_id: UUID
    by_id: UUID
    at: datetime


async def begin(
    tx: Tx, contact_ids: Collection[UUID], member_id: UUID, by_id: UUID, now: datetime
) -> bool:
    """False when it was known of all of these contacts, which are locked."""
    rows = [
        {"id": new_id(now), "contact_id": c, "member_id": member_id, "by_id": by_id, "at": now}
        for c in sorted(contact_ids)
    ]
    return bool(await insert_new(tx, conflicts, rows, "id"))


async def lift(
    tx: Tx, contact_ids: Collection[UUID], member_id: UUID, by_id: UUID, now: datetime
) -> bool:
    """False when there was none."""
    theirs = (T.member_id == member_id) & T.contact_id.in_(contact_ids) & _STANDING
    done = update(conflicts).where(theirs).values(lifted_at=now, lifted_by=by_id)
    return (await tx.conn.execute(done)).rowcount > 0


async def standing(tx: Tx) -> list[Conflict]:
    """All that stand, the oldest first."""
    query = select(T.contact_id, T.member_id, T.by_id, T.at).where(_STANDING).order_by(T.at, T.id)
    return [Conflict(*row) for row in await tx.conn.execute(query)]


async def of_contact(tx: Tx, contact_id: UUID) -> list[Conflict]:
    """Those that stand between anybody and whoever has this contact's address."""
    known = await standing(tx)
    if not known:
        return []
    same = await deletions.with_address_of(tx, contact_id)
    return [one for one in known if one.contact_id in same]


async def away_from(tx: Tx, contact_id: UUID) -> frozenset[UUID]:
    """The members who must stay away from this contact."""
    return frozenset(one.member_id for one in await of_contact(tx, contact_id))


async def by_member(tx: Tx) -> dict[UUID, frozenset[UUID]]:
    """By member: the conversations from which they must stay away."""
    contacts: dict[UUID, set[UUID]] = {}
    for one in await standing(tx):
        contacts.setdefault(one.member_id, set()).add(one.contact_id)
    return {member: await _talks(tx, theirs) for member, theirs in contacts.items()}


async def kept_from(tx: Tx, member_id: UUID) -> frozenset[UUID]:
    """The conversations from which this member must stay away."""
    query = select(T.contact_id).where(T.member_id == member_id, _STANDING)
    theirs = set((await tx.conn.execute(query)).scalars())
    return await _talks(tx, theirs) if theirs else frozenset()


async def _talks(tx: Tx, contact_ids: Collection[UUID]) -> frozenset[UUID]:
    theirs = K.contact_id.in_(contact_ids)
    alone = select(K.address_index).where(theirs, K.address_index.is_not(None))
    indexes = await indexes_of_ids(tx, contact_ids) if tx.keys.indexes_anew else alone
    same = select(K.contact_id).where(
        K.line_id.in_(select(tables.lines.c.id)),
        K.channel.in_(tuple(Channel)),
        K.address_index.in_(indexes),
    )
    found: set[UUID] = set()
    for which in (C.contact_id.in_(contact_ids), C.contact_id.in_(same)):
        found |= set((await tx.conn.execute(select(C.id).where(which))).scalars())
    return frozenset(found)
