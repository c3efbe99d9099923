"""Which columns lie under which of the server's keys, and how is each exchanged for the newest?

Table by table. Nothing here needs a reader: of a text only the outer layer is exchanged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, Table, select

from storage import (
    admitted,
    channel_tables,
    deletion_tables,
    desk_tables,
    key_tables,
    members,
    page_tables,
    pair_tables,
    plan_tables,
    resealing,
    sheets,
    tables,
    team_tables,
    texts,
    ways,
)
from storage.database import Tx
from storage.encryption import Purpose, SealBroken, generation_of, index_generation

Renew = Callable[[Tx, Any, bytes], bytes]
"""By the row and what stands there: what is to stand there. Raises SealBroken."""


@dataclass(frozen=True)
class Under:
    """A column, and by which purpose's key."""

    column: Column[Any]
    purpose: Purpose
    renew: Renew

    def is_old(self, tx: Tx, value: bytes | None) -> bool:
        """Whether it is to be exchanged."""
        if value is None:
            return False
        number = index_generation(value) if self.purpose == "index" else generation_of(value)
        return number != tx.keys.newest(self.purpose)


@dataclass(frozen=True)
class Kind:
    """The columns of one table."""

    table: Table
    under: tuple[Under, ...]
    query: Select[Any]
    in_order: Column[Any] | None
    """By which it is looked through bit by bit; None: all of its few rows at once."""
    of_talks: bool = False
    """Its rows have a `conversation_id`, whose contact is locked first."""
    contact: Column[Any] | None = None
    """The contact who is locked first."""
    at_once: int = 100

    @property
    def name(self) -> str:
        """The table's."""
        return self.table.name


def _again(purpose: Purpose, *bound: Any) -> Renew:
    """`bound`: what it is bound to; columns are taken from the row."""

    def renew(tx: Tx, row: Any, sealed: bytes) -> bytes:
        place = [row._mapping[b.name] if isinstance(b, Column) else b for b in bound]
        return tx.keys.seal_bytes(purpose, tx.keys.open_bytes(purpose, sealed, *place), *place)

    return renew


def found_by(tx: Tx, index: bytes, kind: str, value: str) -> bytes:
    """The same by the newest key. Raises SealBroken where it is the index of something else."""
    newest, *before = tx.keys.indexes(kind, value)
    if index not in before:
        raise SealBroken
    return newest


def _sealed(table: Table, *columns: str, purpose: Purpose = "text") -> tuple[Under, ...]:
    """Bound to table, row and the column's name before `_sealed`."""
    c = table.c
    return tuple(
        Under(c[n], purpose, _again(purpose, table.name, c.id, n.removesuffix("_sealed")))
        for n in columns
    )


def _few(table: Table, *under: Under) -> Kind:
    return Kind(table, under, select(table), None)


def _many(table: Table, *under: Under, of_talks: bool = False) -> Kind:
    return Kind(table, under, select(table), table.c.id, of_talks)


def _of_talks(kind: resealing.Kind, *beside: Under) -> Kind:
    """What may be sealed to a contact."""

    def renew(tx: Tx, row: Any, sealed: bytes) -> bytes:
        where = kind.place(row._mapping)
        if kind.to_team:
            tx.held.whose[where.conversation_id] = where.conversation_id
        return texts.exchange(tx, sealed, where)

    table = kind.sealed.table
    query = kind.query
    if table is tables.triages:  # also those that run
        query = select(table)
    order = None if kind.only_old else table.c.id
    under = (Under(kind.sealed, "text", renew), *beside)
    return Kind(table, under, query, order, of_talks=not kind.to_team, at_once=kind.at_once)


def _name_index(tx: Tx, row: Any, index: bytes) -> bytes:
    name = tx.keys.open("text", row.name_sealed, "members", row.id, "name")
    return found_by(tx, index, "member", members.folded(name))


def _line_index(tx: Tx, row: Any, index: bytes) -> bytes:
    address = tx.keys.open("address", row.address_sealed, "lines", row.id, "address")
    return found_by(tx, index, "address", address)


def _way_index(tx: Tx, row: Any, index: bytes) -> bytes:
    address = tx.keys.open("address", row.address_sealed, "ways", row.id, "address")
    return found_by(tx, index, "way", ways.known_by(row.kind, address))


def _contact_index(tx: Tx, row: Any, index: bytes) -> bytes:
    bound = ("contacts", row.contact_id, "address")
    address = tx.keys.open("address", row.address_sealed, *bound)
    return found_by(tx, index, "address", address)


def _of_contact(what: str) -> Renew:
    return _again("address", "contacts", pair_tables.contact_keys.c.contact_id, what)


def _our_index(tx: Tx, row: Any, index: bytes) -> bytes:
    ours = tx.keys.open("address", row.our_address_sealed, "contacts", row.id, "our_address")
    return found_by(tx, index, "address", ours)


def _tag(tx: Tx, row: Any, sealed: bytes) -> bytes:
    bound = admitted.bound_of(row)
    return tx.keys.seal_bytes("text", tx.keys.open_bytes("text", sealed, *bound), *bound)


M, O, C = tables.messages, tables.outbox, tables.contacts  # noqa: E741 - as in outbox
W, Ph, Pl = key_tables.member_wraps, desk_tables.phrases, plan_tables.plans
L, Who, Way, Page = tables.lines, tables.members, page_tables.ways, page_tables.pages
S, T, R = team_tables.sheets, team_tables.teams, team_tables.roster
Apart = pair_tables.contact_keys
Copy = deletion_tables.provider_copies

_COPY = Under(
    M.c.copy_sealed, "text", _again("text", "messages", M.c.id, "copy", M.c.conversation_id)
)


def _tag_of_sheet(tx: Tx, row: Any, sealed: bytes) -> bytes:
    bound = sheets.bound_of(row.id, row.public)
    return tx.keys.seal_bytes("text", tx.keys.open_bytes("text", sealed, *bound), *bound)


KINDS: tuple[Kind, ...] = (
    *(_of_talks(k, _COPY) if k.name == "messages" else _of_talks(k) for k in resealing.KINDS),
    _many(
        O,
        Under(O.c.body_sealed, "text", _again("text", "outbox", O.c.id, "body", O.c.contact_id)),
        of_talks=True,
    ),
    _many(
        Pl,
        Under(
            Pl.c.body_sealed, "text", _again("text", "plans", Pl.c.id, "body", Pl.c.conversation_id)
        ),
        of_talks=True,
    ),
    Kind(
        C,
        (
            *_sealed(C, "our_address_sealed", purpose="address"),
            Under(C.c.our_address_index, "index", _our_index),
        ),
        select(C),
        C.c.id,
        contact=C.c.id,
    ),
    Kind(
        Apart,
        (
            Under(Apart.c.address_sealed, "address", _of_contact("address")),
            Under(Apart.c.pair_sealed, "address", _of_contact("pair")),
            Under(Apart.c.address_index, "index", _contact_index),
        ),
        select(Apart),
        Apart.c.contact_id,
        contact=Apart.c.contact_id,
    ),
    _many(Who, *_sealed(Who, "name_sealed"), Under(Who.c.name_index, "index", _name_index)),
    _many(W, *_sealed(W, "name_sealed")),
    _many(
        L,
        *_sealed(L, "name_sealed"),
        *_sealed(L, "address_sealed", purpose="address"),
        Under(L.c.address_index, "index", _line_index),
    ),
    _many(
        Ph,
        *(
            Under(Ph.c[f"{n}_sealed"], "text", _again("text", "phrases", Ph.c.id, n, Ph.c.language))
            for n in ("name", "body")
        ),
    ),
    _many(
        Way,
        *_sealed(Way, "address_sealed", purpose="address"),
        Under(Way.c.address_index, "index", _way_index),
    ),
    _many(Page, *_sealed(Page, "chat_sealed", purpose="address")),
    _many(Copy, *_sealed(Copy, "provider_id_sealed", "chat_sealed", purpose="address")),
    _few(T, Under(T.c.public_sealed, "text", _again("text", "teams", T.c.generation, "public"))),
    Kind(R, (Under(R.c.tag_sealed, "text", _tag),), admitted.TAGS, None),
    _many(
        S,
        Under(S.c.tag_sealed, "text", _tag_of_sheet),
        Under(S.c.check_sealed, "text", _again("text", "sheets", S.c.id, "check")),
    ),
)
"""Everything that can be exchanged without whoever it belongs to."""

HASHES: tuple[Column[Any], ...] = (
    key_tables.sessions.c.token_hash,
    Who.c.invitation_hash,
    page_tables.way_links.c.code_hash,
    page_tables.code_uses.c.address_index,
    channel_tables.receipts.c.provider_hash,
    key_tables.spent_challenges.c.challenge_hash,
    key_tables.sign_in_failures.c.name_index,
    key_tables.sign_in_failures.c.source_hash,
)
"""Of what is not kept, so that nobody can exchange them: they end by themselves."""


def talk_of(row: Any) -> UUID:
    """Whose contact is locked before a row is changed."""
    found: UUID = row.conversation_id
    return found
