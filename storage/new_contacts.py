"""Somebody writes for the first time: their row, what leads to them, and their first pair."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from storage import contact_pairs, tables
from storage.contacts import APART, Addresses, Contact, sealed
from storage.database import Tx
from storage.pair_tables import contact_keys
from storage.rows import insert, insert_new


@dataclass(frozen=True)
class NewContact:
    """A contact together with the addresses that are sealed."""

    contact: Contact
    addresses: Addresses


async def add(tx: Tx, people: Sequence[NewContact], now: datetime) -> dict[UUID, Contact]:
    """Add those whose key is free, each with a pair of their own once there is a team; by id."""
    if not people:
        return {}
    pairs = await contact_pairs.first_of(tx, [new.contact.id for new in people], now)
    paired = [
        replace(new, contact=replace(new.contact, **_apart(tx, new, pairs.get(new.contact.id))))
        for new in sorted(people, key=lambda new: new.contact.address_index or b"")
    ]
    await insert(tx, tables.contacts, [_row(tx, new) for new in paired])
    keys = [_keys(new) for new in paired]
    added = set(await insert_new(tx, contact_keys, keys, "contact_id"))
    late = {new.contact.id for new in paired} - added
    if late:  # somebody else has taken in a text of theirs at the same moment
        await tx.conn.execute(delete(tables.contacts).where(tables.contacts.c.id.in_(late)))
    await contact_pairs.keep(tx, [pair for contact, pair in pairs.items() if contact in added])
    return {new.contact.id: new.contact for new in paired if new.contact.id in added}


_FIELDS = tuple(name for name in Contact.__dataclass_fields__ if name not in APART)


def _row(tx: Tx, new: NewContact) -> dict[str, object]:
    ours = sealed(tx, new.contact.id, "our_address", new.addresses.ours)
    return {name: getattr(new.contact, name) for name in _FIELDS} | {"our_address_sealed": ours}


def _apart(tx: Tx, new: NewContact, pair: contact_pairs.Made | None) -> dict[str, Any]:
    address = sealed(tx, new.contact.id, "address", new.addresses.theirs)
    pair_sealed = contact_pairs.public(tx, pair.to) if pair else None
    return {"address_sealed": address, "pair_sealed": pair_sealed}


def _keys(new: NewContact) -> dict[str, object]:
    contact = new.contact
    return {
        "contact_id": contact.id,
        "line_id": contact.line_id,
        "channel": contact.channel,
        "address_index": contact.address_index,
        "address_sealed": contact.address_sealed,
        "pair_sealed": contact.pair_sealed,
    }
