"""The conversations: one a contact, waiting, owned or closed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from domain.conversation import Outcome, State
from domain.priority import Tier
from storage import tables
from storage.database import Tx
from storage.rows import change, first_of, insert

T = tables.conversations


@dataclass(frozen=True)
class Conversation:
    """What the queue needs to know."""

    id: UUID
    contact_id: UUID
    line_id: UUID
    state: State
    owner_id: UUID | None
    tier: Tier
    provisional: bool
    """Nothing has set the tier yet: it stands in the queue as P3 until more is known."""
    reasons: tuple[str, ...]
    marks: tuple[str, ...]
    returning: bool
    earlier_owner_id: UUID | None
    opened_at: datetime
    waiting_since: datetime | None
    """When the contact began to wait for a person; None when they wait for nothing."""
    p1_said_at: datetime | None
    close_asked_at: datetime | None
    """When a counsellor's closing text asked whether we may get in touch."""
    closed_at: datetime | None
    outcome: Outcome | None
    page_from: datetime | None = None
    """When the climb of its ladder began (domain.escalation)."""
    page_rung: int | None = None
    page_due_at: datetime | None = None
    """When the next rung is due; None: none."""
    offered_until: datetime | None = None
    """Until then it is for whoever had it before (domain.room); None: for everybody."""
    handed_over_at: datetime | None = None
    """With a note, upon which whoever has it next has not answered yet."""


_FIELDS = tuple(Conversation.__dataclass_fields__)
COLUMNS = tuple(T.c[name] for name in _FIELDS)
_FIXED = {"id", "contact_id", "line_id", "opened_at"}
_OWNERSHIP = {"state", "owner_id", "closed_at", "outcome"}


def read(row: Sequence[object]) -> Conversation:
    """A conversation out of a row that begins with `COLUMNS`."""
    values = first_of(row, _FIELDS)
    values["state"], values["tier"] = State(values["state"]), Tier(values["tier"])
    values["outcome"] = Outcome(values["outcome"]) if values["outcome"] else None
    values["reasons"], values["marks"] = tuple(values["reasons"]), tuple(values["marks"])
    return Conversation(**values)


async def of_contacts(
    tx: Tx, contact_ids: Iterable[UUID], *, lock: bool = True
) -> dict[UUID, Conversation]:
    """By contact; locked until the commit, so that an owner cannot change meanwhile."""
    query = select(*COLUMNS).where(T.c.contact_id.in_(set(contact_ids))).order_by(T.c.id)
    if lock and tx.postgres:
        query = query.with_for_update(key_share=True)
    rows = await tx.conn.execute(query)
    return {c.contact_id: c for c in map(read, rows)}


async def by_id(tx: Tx, conversation_id: UUID) -> Conversation | None:
    """One conversation, or None."""
    row = (await tx.conn.execute(select(*COLUMNS).where(T.c.id == conversation_id))).one_or_none()
    return read(row) if row else None


async def locked(tx: Tx, conversation_id: UUID) -> Conversation | None:
    """One conversation, locked until the commit, or None."""
    query = select(*COLUMNS).where(T.c.id == conversation_id)
    rows = await tx.conn.execute(query.with_for_update(key_share=True) if tx.postgres else query)
    row = rows.one_or_none()
    return read(row) if row else None


async def answered(
    tx: Tx,
    conversation_id: UUID,
    waiting_since: datetime | None,
    *,
    close_asked_at: datetime | None,
) -> None:
    """A person has replied; the contact waits for nothing, but for what they wrote meanwhile."""
    row = {"waiting_since": waiting_since, "close_asked_at": close_asked_at}
    row |= {"handed_over_at": None}
    await change(tx, T, [{"id": conversation_id, **row}])


async def add(tx: Tx, conversations: Sequence[Conversation]) -> None:
    """Add new ones."""
    await insert(tx, T, [_row(c, set()) for c in conversations])


async def save(tx: Tx, conversations: Sequence[Conversation]) -> None:
    """Write back what the contact's messages and the triage change; never who owns it."""
    await change(tx, T, [_row(c, (_FIXED | _OWNERSHIP) - {"id"}) for c in conversations])


async def reopen(tx: Tx, conversations: Sequence[Conversation]) -> None:
    """Put closed ones back into the queue."""
    await change(tx, T, [_row(c, _FIXED - {"id"}) for c in conversations])


async def pass_on(
    tx: Tx,
    conversation_id: UUID,
    *,
    expect: tuple[State, UUID | None],
    then: tuple[State, UUID | None],
    **also: object,
) -> bool:
    """One conditional update: from this state and owner to that one; False when it was too late."""
    state, owner = expect
    mine = T.c.owner_id.is_(None) if owner is None else T.c.owner_id == owner
    result = await tx.conn.execute(
        update(T)
        .where(T.c.id == conversation_id, T.c.state == state, mine)
        .values(state=then[0], owner_id=then[1], **also)
    )
    return result.rowcount == 1


async def page_due(tx: Tx, now: datetime, limit: int) -> list[UUID]:
    """Those about which somebody is to be paged now."""
    query = (
        select(T.c.id)
        .where(T.c.page_due_at.is_not(None), T.c.page_due_at <= now)
        .order_by(T.c.page_due_at)
        .limit(limit)
    )
    return list((await tx.conn.execute(query)).scalars())


async def climbed(tx: Tx, conversation_id: UUID, rung: int | None, due_at: datetime | None) -> None:
    """So far its ladder has been climbed."""
    row = {"id": conversation_id, "page_rung": rung, "page_due_at": due_at}
    await change(tx, T, [row])


def _row(conversation: Conversation, without: set[str]) -> dict[str, object]:
    row = {n: getattr(conversation, n) for n in Conversation.__dataclass_fields__}
    row["reasons"], row["marks"] = list(conversation.reasons), list(conversation.marks)
    return {name: value for name, value in row.items() if name not in without}
