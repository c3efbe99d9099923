"""By which indexes is whoever has the same number or chat found?

While numbers are indexed anew some lie under the newest generation and some under the one before,
for as long as both keys are there: who is looked for by the one alone is missed. The number that is
sealed beside the index says both.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import select

from storage.contacts import Contact
from storage.database import Tx
from storage.encryption import SealBroken
from storage.pair_tables import contact_keys

K = contact_keys.c


def indexes_of(tx: Tx, contact: Contact) -> frozenset[bytes]:
    """Empty for whoever is known by no address any more."""
    return _indexes(tx, contact.id, contact.address_index, contact.address_sealed)


def indexes_of_all(tx: Tx, people: Iterable[Contact]) -> set[bytes]:
    """Of any of these."""
    return {index for one in people for index in indexes_of(tx, one)}


def is_same(tx: Tx, one: Contact, other: Contact) -> bool:
    """Whether they have one address, with whichever lines."""
    return other.address_index in indexes_of(tx, one)


async def indexes_of_ids(tx: Tx, contact_ids: Collection[UUID]) -> set[bytes]:
    """The same, of whom only the ids are known."""
    query = select(K.contact_id, K.address_index, K.address_sealed)
    rows = await tx.conn.execute(query.where(K.contact_id.in_(contact_ids)))
    return {index for row in rows for index in _indexes(tx, *row)}


def _indexes(
    tx: Tx, contact_id: UUID, index: bytes | None, sealed: bytes | None
) -> frozenset[bytes]:
    if index is None:
        return frozenset()
    if not tx.keys.indexes_anew:
        return frozenset({index})
    try:
        address = tx.keys.open("address", sealed or b"", "contacts", contact_id, "address")
    except SealBroken:
        return frozenset({index})
    return frozenset({index, *tx.keys.indexes("address", address)})
