"""What somebody asked us to give about a contact, who agreed, and what was given or refused.

Each step is one conditional statement: two that press at once count once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, text, update

from domain.alias import Alias
from domain.disclosure import Authority, Ground, Refusal, Scope, State
from storage import tables
from storage.database import Tx
from storage.desk_tables import aliases
from storage.register_tables import UNSETTLED, disclosures
from storage.rows import insert_new

T = disclosures.c
Talk, A = tables.conversations.c, aliases.c

_UNSETTLED = text(UNSETTLED)
"""To the letter as in the partial index, so that it is used."""


@dataclass(frozen=True)
class Disclosure:
    """One entry, less its words."""

    id: UUID
    conversation_id: UUID
    authority: Authority
    ground: Ground
    asked_for: tuple[Scope, ...]
    silent: bool
    """The contact may not be told."""
    asked_by: UUID
    """Who wrote it down."""
    asked_at: datetime
    first_by: UUID | None = None
    first_leads: bool | None = None
    """Whether who agreed first coordinated then."""
    first_at: datetime | None = None
    second_by: UUID | None = None
    second_leads: bool | None = None
    second_at: datetime | None = None
    refusal: Refusal | None = None
    refused_by: UUID | None = None
    refused_at: datetime | None = None
    given: tuple[Scope, ...] = ()
    given_by: UUID | None = None
    given_at: datetime | None = None
    """When it was written down."""
    given_on: datetime | None = None
    """When it was given."""

    @property
    def state(self) -> State:
        """How far it has come."""
        if self.refused_at is not None:
            return State.REFUSED
        if self.given_at is not None:
            return State.GIVEN
        if self.second_by is not None:
            return State.APPROVED
        return State.ASKED if self.first_by is None else State.HALF


@dataclass(frozen=True)
class Listed:
    """One with whose it is."""

    entry: Disclosure
    alias: Alias | None


_FIELDS = tuple(Disclosure.__dataclass_fields__)
_COLUMNS = tuple(T[name] for name in _FIELDS)


def _read(row: Sequence[Any]) -> Disclosure:
    values = dict(zip(_FIELDS, row, strict=False))
    values["authority"], values["ground"] = Authority(values["authority"]), Ground(values["ground"])
    values["refusal"] = Refusal(values["refusal"]) if values["refusal"] else None
    for name in ("asked_for", "given"):
        values[name] = tuple(Scope(one) for one in values[name] or ())
    return Disclosure(**values)


async def add(tx: Tx, entry: Disclosure, form_key: UUID) -> bool:
    """Write it down; False when this form was sent before."""
    row = {name: getattr(entry, name) for name in _FIELDS} | {"form_key": form_key}
    row["asked_for"] = list(entry.asked_for)
    row["given"] = None
    return bool(await insert_new(tx, disclosures, [row], "id"))


def _with_talk() -> Select[Any]:
    return (
        select(*_COLUMNS, A.word, A.number)
        .join_from(disclosures, tables.conversations, Talk.id == T.conversation_id)
        .join(aliases, A.contact_id == Talk.contact_id, isouter=True)
    )


async def _listed(tx: Tx, query: Select[Any]) -> list[Listed]:
    rows = (await tx.conn.execute(query)).all()
    return [Listed(_read(row), Alias(row.word, row.number) if row.word else None) for row in rows]


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
    return [_read(row) for row in await tx.conn.execute(query.order_by(T.id))]


async def agree_first(
    tx: Tx, entry_id: UUID, member_id: UUID, now: datetime, *, leads: bool
) -> bool:
    """False where somebody was faster, or it was refused."""
    values = {"first_by": member_id, "first_leads": leads, "first_at": now}
    return await _change(tx, entry_id, T.first_by.is_(None), values)


async def agree_second(
    tx: Tx, entry_id: UUID, member_id: UUID, now: datetime, *, leads: bool
) -> bool:
    """Somebody else than who agreed first, and one of the two leads; else False."""
    other = T.first_by.is_not(None) & (T.first_by != member_id) & T.second_by.is_(None)
    condition = other if leads else other & T.first_leads
    values = {"second_by": member_id, "second_leads": leads, "second_at": now}
    return await _change(tx, entry_id, condition, values)


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
    return await _change(tx, entry_id, T.second_by.is_not(None), values)


async def _change(
    tx: Tx, entry_id: UUID, so_far: ColumnElement[bool], values: dict[str, object]
) -> bool:
    changed = update(disclosures).where(T.id == entry_id, so_far, _UNSETTLED).values(**values)
    return (await tx.conn.execute(changed)).rowcount == 1
