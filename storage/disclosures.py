"""What somebody asked us to give, who agreed (`storage.agreements`), and what was given or refused.

Each step is one conditional statement: two that press at once count once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, text, update

from domain.alias import Alias
from domain.disclosure import Authority, Ground, Refusal, Scope, State
from storage import agreements, tables
from storage.agreements import WANTED, Agreement
from storage.database import Tx
from storage.desk_tables import aliases
from storage.register_tables import UNSETTLED, disclosures
from storage.register_tables import agreements as agreed
from storage.rows import insert_new

T = disclosures.c
Talk, A = tables.conversations.c, aliases.c

_UNSETTLED = text(UNSETTLED)
"""To the letter as in the partial index, so that it is used."""


@dataclass(frozen=True)
class Disclosure:
    """One entry, less its words."""

    id: UUID
    conversation_id: UUID | None
    """None: they ask about somebody whom the line does not know."""
    authority: Authority
    ground: Ground
    asked_for: tuple[Scope, ...]
    silent: bool
    """The contact may not be told."""
    asked_by: UUID
    """Who wrote it down."""
    asked_at: datetime
    refusal: Refusal | None = None
    refused_by: UUID | None = None
    refused_at: datetime | None = None
    given: tuple[Scope, ...] = ()
    given_by: UUID | None = None
    given_at: datetime | None = None
    """When it was written down."""
    given_on: datetime | None = None
    """When it was given."""

    agreed: tuple[Agreement, ...] = ()
    """In order, also those that do not count."""

    @property
    def counted(self) -> tuple[Agreement, ...]:
        """Those that count."""
        return tuple(one for one in self.agreed if one.counts)

    @property
    def led(self) -> bool:
        """One of those that count coordinated."""
        return any(one.leads for one in self.counted)

    @property
    def agreed_at(self) -> datetime | None:
        """When two had agreed, and one of them coordinated; None: not yet."""
        if len(self.counted) < WANTED or not self.led:
            return None
        first_lead = next(one.at for one in self.counted if one.leads)
        return max(first_lead, self.counted[WANTED - 1].at)

    @property
    def state(self) -> State:
        """How far it has come."""
        if self.refused_at is not None:
            return State.REFUSED
        if self.given_at is not None:
            return State.GIVEN
        if self.agreed_at is not None:
            return State.APPROVED
        return State.HALF if self.counted else State.ASKED


@dataclass(frozen=True)
class Listed:
    """One with whose it is."""

    entry: Disclosure
    alias: Alias | None


_FIELDS = tuple(name for name in Disclosure.__dataclass_fields__ if name != "agreed")
_COLUMNS = tuple(T[name] for name in _FIELDS)


def _read(row: Sequence[Any]) -> Disclosure:
    values = dict(zip(_FIELDS, row, strict=False))
    values["authority"], values["ground"] = Authority(values["authority"]), Ground(values["ground"])
    values["refusal"] = Refusal(values["refusal"]) if values["refusal"] else None
    for name in ("asked_for", "given"):
        values[name] = tuple(Scope(one) for one in values[name] or ())
    return Disclosure(**values)


async def add(tx: Tx, entry: Disclosure, form_key: UUID, tell_at: datetime) -> bool:
    """Write it down; False when this form was sent before. `tell_at`: when those who have to decide
    are told."""
    row = {name: getattr(entry, name) for name in _FIELDS}
    row |= {"form_key": form_key, "tell_at": tell_at}
    row["asked_for"] = list(entry.asked_for)
    row["given"] = None
    return bool(await insert_new(tx, disclosures, [row], "id"))


def _with_talk() -> Select[Any]:
    return (
        select(*_COLUMNS, A.word, A.number)
        .join_from(disclosures, tables.conversations, Talk.id == T.conversation_id, isouter=True)
        .join(aliases, A.contact_id == Talk.contact_id, isouter=True)
    )


async def _listed(tx: Tx, query: Select[Any]) -> list[Listed]:
    rows = (await tx.conn.execute(query)).all()
    entries = await _with_agreements(tx, [_read(row) for row in rows])
    return [
        Listed(entry, Alias(row.word, row.number) if row.word else None)
        for row, entry in zip(rows, entries, strict=True)
    ]


async def _with_agreements(tx: Tx, entries: Sequence[Disclosure]) -> list[Disclosure]:
    theirs = await agreements.of_entries(tx, [one.id for one in entries]) if entries else {}
    return [replace(one, agreed=tuple(theirs.get(one.id, ()))) for one in entries]


async def hold(tx: Tx, entry_id: UUID) -> None:
    """Nobody else decides about it until the commit."""
    if tx.postgres:
        query = select(T.id).where(T.id == entry_id).with_for_update(key_share=True)
        await tx.conn.execute(query)


async def by_id(tx: Tx, entry_id: UUID) -> Listed | None:
    """One, or None."""
    found = await _listed(tx, _with_talk().where(T.id == entry_id))
    return found[0] if found else None


async def unsettled(tx: Tx, limit: int) -> list[Listed]:
    """Those about which somebody has to decide, or to write down what was given; the oldest
    first."""
    return await _listed(tx, _with_talk().where(_UNSETTLED).order_by(T.id).limit(limit))


async def any_unsettled(tx: Tx, conversation_ids: Collection[UUID]) -> bool:
    """Whether somebody still has to decide about one of these."""
    query = select(T.id).where(T.conversation_id.in_(conversation_ids), _UNSETTLED).limit(1)
    return (await tx.conn.execute(query)).first() is not None


async def settled(tx: Tx, limit: int) -> list[Listed]:
    """The newest of the others."""
    over = or_(T.given_at.is_not(None), T.refused_at.is_not(None))
    return await _listed(tx, _with_talk().where(over).order_by(T.id.desc()).limit(limit))


async def of_conversations(tx: Tx, conversation_ids: Collection[UUID]) -> list[Disclosure]:
    """All that there ever were, in order."""
    query = select(*_COLUMNS).where(T.conversation_id.in_(conversation_ids))
    rows = await tx.conn.execute(query.order_by(T.id))
    return await _with_agreements(tx, [_read(row) for row in rows])


async def refuse(tx: Tx, entry_id: UUID, member_id: UUID, refusal: Refusal, now: datetime) -> bool:
    """Nothing is given; False where it was settled before."""
    values = {"refusal": refusal, "refused_by": member_id, "refused_at": now}
    return await _change(tx, entry_id, T.asked_at.is_not(None), values)


async def give(
    tx: Tx,
    entry_id: UUID,
    member_id: UUID,
    given: Sequence[Scope],
    given_on: datetime,
    now: datetime,
) -> bool:
    """It was given, which two had agreed to; False where they have not, or it is settled."""
    values = {"given": list(given), "given_by": member_id, "given_on": given_on, "given_at": now}
    return await _change(tx, entry_id, agreements.two_agree(), values)


async def _change(
    tx: Tx, entry_id: UUID, so_far: ColumnElement[bool], values: dict[str, object]
) -> bool:
    changed = update(disclosures).where(T.id == entry_id, so_far, _UNSETTLED)
    return (await tx.conn.execute(changed.values(tell_at=None, **values))).rowcount == 1


async def to_tell(tx: Tx, now: datetime, limit: int) -> list[Disclosure]:
    """Those of which whoever has to decide is to be told."""
    query = select(*_COLUMNS).where(T.tell_at.is_not(None), T.tell_at <= now)
    rows = await tx.conn.execute(query.order_by(T.tell_at, T.id).limit(limit))
    return await _with_agreements(tx, [_read(row) for row in rows])


async def told(tx: Tx, entry_id: UUID, now: datetime) -> bool:
    """They hear of it from this transaction; False where they heard from another."""
    first = update(disclosures).where(T.id == entry_id, T.tell_at.is_not(None), T.tell_at <= now)
    return (await tx.conn.execute(first.values(tell_at=None))).rowcount == 1


async def mark(tx: Tx) -> tuple[int, ...]:
    """Another one after each step of those about somebody whom the line does not know, of which no
    event of a conversation tells."""
    return tuple((await tx.conn.execute(_MARK)).one())


_MARK = select(
    func.count(),
    func.count(T.given_at),
    func.count(T.refused_at),
    select(func.count()).select_from(agreed).scalar_subquery(),
).where(T.conversation_id.is_(None))
"""Built once: every process with open pages asks it every other second."""
