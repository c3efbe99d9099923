"""The contacts: found by a keyed hash of their number, which itself is sealed.

Both lie apart from the rest (`storage.pair_tables`), and change only while the contact is locked.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, tuple_, update

from domain.contact_rules import SafeHours
from domain.gate import Gate
from domain.message import Channel, OptOut
from domain.safe_contact import Way, ways_in
from storage import tables
from storage.database import Tx
from storage.encryption import SealBroken
from storage.pair_tables import contact_keys
from storage.rows import change, differing, first_of, made

T, K = tables.contacts, contact_keys


@dataclass(frozen=True)
class Contact:
    """What is kept of somebody, less their address."""

    id: UUID
    line_id: UUID
    channel: Channel
    address_index: bytes | None
    our_address_index: bytes
    answerable: bool
    language: str
    language_chosen: bool
    gate: Gate
    opt_out: OptOut
    safe_from: time | None
    safe_to: time | None
    first_inbound_at: datetime
    last_inbound_at: datetime
    delete_asked_at: datetime | None
    delete_requested_at: datetime | None
    window_refused_at: datetime | None = None
    """When the newest text was sent that the channel refused because its window had closed."""
    pair_sealed: bytes | None = field(default=None, repr=False)
    """To whom their texts are sealed (`storage.contact_pairs`)."""
    address_sealed: bytes | None = field(default=None, repr=False)
    watched_at: datetime | None = None
    """Since when their telephone may be watched; None: nobody has said so."""
    agreed_ways: str | None = None
    """By which they may be reached (domain.safe_contact); None: nothing was said of it."""
    writes_first: bool | None = None
    """Whether we may write first; None: nothing was said of it."""

    @property
    def safe_hours(self) -> SafeHours | None:
        """The hours that staff noted from the contact's words."""
        if self.safe_from is None or self.safe_to is None:
            return None
        return SafeHours(self.safe_from, self.safe_to)

    @property
    def watched(self) -> bool:
        """Somebody else may read what comes to their telephone, for all that is known."""
        return self.watched_at is not None or self.gate is Gate.LOST

    @property
    def ways(self) -> frozenset[Way] | None:
        """By which they have agreed to be reached."""
        return ways_in(self.agreed_ways)


@dataclass(frozen=True)
class Addresses:
    """Whom a text goes to, and which of our numbers it comes from."""

    theirs: str
    ours: str


APART = ("address_index", "pair_sealed", "address_sealed")
"""What of a contact lies in `contact_keys`; all empty for who has no row there."""

_FIELDS = tuple(Contact.__dataclass_fields__)
COLUMNS = tuple((K if name in APART else T).c[name] for name in _FIELDS)
KEYS_OF = K.c.contact_id == T.c.id


def read(row: Sequence[object]) -> Contact:
    """A contact out of a row that begins with `COLUMNS`."""
    values = first_of(row, _FIELDS)
    values["channel"] = Channel(values["channel"])
    values["gate"], values["opt_out"] = Gate(values["gate"]), OptOut(values["opt_out"])
    return made(Contact, values)


Key = tuple[UUID, str, bytes]
"""Line, channel and address index: what makes two messages come from one contact."""


async def locked(
    tx: Tx, keys: Iterable[Key], older: Mapping[bytes, bytes] = MappingProxyType({})
) -> dict[Key, Contact]:
    """The contacts with these keys, locked until the commit (always in the same order).

    `older`: by which other index they may be found, as `Keyring.older` says.
    """
    wanted = sorted(_with_older(set(keys), older) if older else set(keys), key=lambda key: key[2])
    if not wanted:
        return {}
    query = _with_key(
        tuple_(K.c.line_id, K.c.channel, K.c.address_index).in_(wanted)
        if len({(line, channel) for line, channel, _ in wanted}) > 1
        else (K.c.line_id == wanted[0][0])
        & (K.c.channel == wanted[0][1])
        & K.c.address_index.in_([key[2] for key in wanted])
    )
    found = [read(row) for row in await tx.conn.execute(_both_locked(tx, query))]
    by = ((c, older.get(c.address_index, c.address_index)) for c in found if c.address_index)
    return {(c.line_id, c.channel, index): c for c, index in by}


def _with_older(keys: set[Key], older: Mapping[bytes, bytes]) -> set[Key]:
    also = {
        (line, channel, before)
        for before, newest in older.items()
        for line, channel, index in keys
        if index == newest
    }
    return keys | also


def _with_key(which: ColumnElement[bool]) -> Select[Any]:
    return select(*COLUMNS).join_from(K, T, KEYS_OF).where(which).order_by(T.c.id)


def _both_locked(tx: Tx, query: Select[Any]) -> Select[Any]:
    """Only what is locked is read as it is once somebody else has let go of it: else whoever waits
    for a contact would go by keys that were destroyed meanwhile."""
    return query.with_for_update(of=(T, K), key_share=True) if tx.postgres else query


async def of_address(
    tx: Tx, channel: Channel, line_ids: Iterable[UUID], indexes: Iterable[bytes]
) -> list[Contact]:
    """One address's contacts with these lines, locked until the commit."""
    query = _with_key(
        K.c.line_id.in_(set(line_ids))
        & (K.c.channel == channel)
        & K.c.address_index.in_(set(indexes))
    )
    return [read(row) for row in await tx.conn.execute(_both_locked(tx, query))]


async def in_chats(tx: Tx, channel: Channel, indexes: Iterable[bytes]) -> list[Contact]:
    """Whoever has one of these addresses, with whichever line, locked until the commit."""
    query = _with_key(
        K.c.line_id.in_(select(tables.lines.c.id))
        & (K.c.channel == channel)
        & K.c.address_index.in_(set(indexes))
    )
    return [read(row) for row in await tx.conn.execute(_both_locked(tx, query))]


async def watched_at_addresses(tx: Tx, indexes: Iterable[bytes]) -> set[bytes]:
    """Of these addresses, those of which somebody known by them has said that it may be watched."""
    query = select(K.c.address_index).join_from(K, T, KEYS_OF)
    query = query.where(_at(select(tables.lines.c.id), indexes) & T.c.watched_at.is_not(None))
    return set((await tx.conn.execute(query)).scalars())


async def at_addresses(tx: Tx, indexes: Iterable[bytes]) -> list[Contact]:
    """Whoever has one of these addresses, with whichever line and channel, locked until the commit:
    a telephone's number is the same by SMS and by WhatsApp."""
    query = _with_key(_at(select(tables.lines.c.id), indexes))
    return [read(row) for row in await tx.conn.execute(_both_locked(tx, query))]


def _at(lines: Select[Any] | Collection[UUID], indexes: Iterable[bytes]) -> ColumnElement[bool]:
    where = K.c.line_id.in_(lines) & K.c.channel.in_(list(Channel))
    return where & K.c.address_index.in_(set(indexes))


async def ids_at(tx: Tx, line_ids: Collection[UUID] | None, indexes: Iterable[bytes]) -> set[UUID]:
    """Whoever has one of these addresses, with these lines or (None) any; nobody is locked."""
    lines = select(tables.lines.c.id) if line_ids is None else line_ids
    query = select(K.c.contact_id).where(_at(lines, indexes))
    return set((await tx.conn.execute(query)).scalars())


async def last_lines(
    tx: Tx,
    channel: Channel,
    line_ids: Iterable[UUID],
    indexes: Iterable[bytes],
    older: Mapping[bytes, bytes] = MappingProxyType({}),
) -> dict[bytes, UUID]:
    """By address index: the line, among these, that the contact wrote to last; `older` as in
    `locked`."""
    query = (
        select(K.c.address_index, K.c.line_id)
        .join_from(K, T, KEYS_OF)
        .where(K.c.line_id.in_(set(line_ids)), K.c.channel == channel)
        .where(K.c.address_index.in_({*indexes, *older}))
        .order_by(T.c.last_inbound_at)
    )
    rows = await tx.conn.execute(query)
    return {older.get(row.address_index, row.address_index): row.line_id for row in rows}


async def free(tx: Tx, contact_ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """By id: those that no other transaction holds, locked until the commit."""
    return await by_ids(tx, await _locked_ids(tx, contact_ids, skip_locked=True))


async def held(tx: Tx, contact_ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """By id: these, locked until the commit, whoever has to be waited for."""
    return await by_ids(tx, await _locked_ids(tx, contact_ids, skip_locked=False))


async def _locked_ids(tx: Tx, contact_ids: Iterable[UUID], *, skip_locked: bool) -> set[UUID]:
    """Who has no keys cannot be locked together with them: they are read afterwards, as they are
    by then."""
    wanted = set(contact_ids)
    if not tx.postgres or not wanted:
        return wanted
    query = select(T.c.id).where(T.c.id.in_(wanted)).order_by(T.c.id)
    query = query.with_for_update(skip_locked=skip_locked, key_share=True)
    return set((await tx.conn.execute(query)).scalars())


async def by_ids(tx: Tx, contact_ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """By id, in their order, as they are now; nothing is locked."""
    wanted = set(contact_ids)
    if not wanted:
        return {}
    query = select(*COLUMNS).join_from(T, K, KEYS_OF, isouter=True).where(T.c.id.in_(wanted))
    return {c.id: c for c in map(read, await tx.conn.execute(query.order_by(T.c.id)))}


async def save(
    tx: Tx, contacts: Sequence[Contact], before: Mapping[UUID, Contact] = MappingProxyType({})
) -> None:
    """Write back what may change about contacts that this transaction has locked. `before`: as they
    were read."""
    names = differing(contacts, before, _CHANGING)
    await change(tx, T, [{"id": c.id, **{n: getattr(c, n) for n in names}} for c in contacts])


_FIXED = {"id", "line_id", "channel", "answerable", "first_inbound_at", *APART}
_CHANGING = tuple(name for name in _FIELDS if name not in _FIXED)


async def lose(tx: Tx, contact_ids: Collection[UUID]) -> None:
    """Whoever writes from their number next is somebody new; they are locked."""
    if contact_ids:
        theirs = K.c.contact_id.in_(list(contact_ids))
        await tx.conn.execute(update(K).where(theirs).values(address_index=None))


async def opt_out(tx: Tx, contact_id: UUID, by: OptOut) -> bool:
    """Somebody stopped us from writing to them; False when that was known.

    Who has blocked the bot after a STOP of their own is known as having said STOP: taking the
    block back does not take back the word.
    """
    before = T.c.opt_out == OptOut.NONE if by is OptOut.BLOCKED else T.c.opt_out != by
    statement = update(T).where(T.c.id == contact_id, before).values(opt_out=by)
    return (await tx.conn.execute(statement)).rowcount == 1


async def window_refused(tx: Tx, contact_id: UUID, sent_at: datetime) -> None:
    """A text that was sent then was refused because the channel's window had closed."""
    known = T.c.window_refused_at
    statement = update(T).where(T.c.id == contact_id, or_(known.is_(None), known < sent_at))
    await tx.conn.execute(statement.values(window_refused_at=sent_at))


async def set_gate(tx: Tx, contact_id: UUID, gate: Gate) -> bool:
    """Whether it is safe to write to this contact; False when that was known."""
    statement = update(T).where(T.c.id == contact_id, T.c.gate != gate).values(gate=gate)
    return (await tx.conn.execute(statement)).rowcount == 1


async def set_safe_hours(tx: Tx, contact_id: UUID, hours: SafeHours | None) -> None:
    """The hours in which this contact may be written to; None takes them away."""
    start, end = (hours.start, hours.end) if hours else (None, None)
    await change(tx, T, [{"id": contact_id, "safe_from": start, "safe_to": end}])


async def note(tx: Tx, contact_id: UUID, about: Mapping[str, object]) -> None:
    """What staff have heard of how this contact may be reached, by column."""
    await change(tx, T, [{"id": contact_id, **about}])


async def move_our_address(tx: Tx, contact_id: UUID, ours: str) -> None:
    """From now on answers come from `ours`: the number that the contact wrote to last."""
    await change(
        tx,
        T,
        [{"id": contact_id, "our_address_sealed": sealed(tx, contact_id, "our_address", ours)}],
    )


async def addresses(tx: Tx, contact_ids: Iterable[UUID]) -> dict[UUID, Addresses]:
    """Open the addresses of these contacts, to send to them.

    One whose seal is broken, or that is gone, is empty: the provider refuses it, staff see that,
    and what waits for everybody else still leaves.
    """
    query = select(T.c.id, K.c.address_sealed, T.c.our_address_sealed)
    query = query.join_from(T, K, KEYS_OF, isouter=True).where(T.c.id.in_(set(contact_ids)))
    rows = await tx.conn.execute(query)
    return {
        row.id: Addresses(
            _open(tx, row.id, "address", row.address_sealed),
            _open(tx, row.id, "our_address", row.our_address_sealed),
        )
        for row in rows
    }


def _open(tx: Tx, row: UUID, column: str, sealed: bytes | None) -> str:
    try:
        return tx.keys.open("address", sealed or b"", "contacts", row, column)
    except SealBroken:
        return ""


def sealed(tx: Tx, row: UUID, column: str, address: str) -> bytes:
    """An address as it is stored: `column` is "address" or "our_address"."""
    return tx.keys.seal("address", address, "contacts", row, column)
