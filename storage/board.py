"""The line at a glance: what is open, without reading it, in as many queries however many wait."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, distinct, func, literal, select

from domain.conversation import State
from domain.gate import Gate
from domain.priority import Tier
from storage import tables
from storage.database import Tx
from storage.page_tables import pages, ways
from storage.pages import Kind
from storage.pages import State as PageState

C, P, T, W = tables.conversations.c, tables.contacts.c, pages.c, ways.c

_OPEN = C.state != literal(str(State.CLOSED), literal_execute=True)
"""Written out in the statement, so that PostgreSQL knows it for the condition of the index."""

_LEFT = (PageState.QUEUED, PageState.SENT, PageState.DELIVERED)
"""Pages that are on their way or have gone out."""


@dataclass(frozen=True)
class Glance:
    """One open conversation, without its contact."""

    id: UUID
    line_id: UUID
    owner_id: UUID | None
    tier: Tier
    """Before waiting has risen it."""
    since: datetime | None
    """When somebody began to wait for a person; None: nobody does."""
    climbed: bool
    """At least one step of its ladder was."""
    held: bool
    """It is not safe to write: nothing may be answered until they write."""

    @property
    def waiting(self) -> bool:
        """Whether it stands in the queue."""
        return self.owner_id is None


async def glance(tx: Tx) -> list[Glance]:
    """Every waiting and every owned conversation."""
    query = (
        select(
            C.id, C.line_id, C.owner_id, C.tier, C.state, C.waiting_since, C.opened_at,
            C.page_from, C.page_done, P.gate,
        )
        .join_from(tables.conversations, tables.contacts, P.id == C.contact_id)
        .where(_OPEN)
    )  # fmt: skip
    found = []
    for row in await tx.conn.execute(query):
        talk, line, owner, tier, state, since, opened, climbing, done, gate = row
        begun = since or (opened if state == State.WAITING else None)
        held = gate == Gate.CLOSED
        found.append(Glance(talk, line, owner, Tier(tier), begun, _climbed(climbing, done), held))
    return found


def _climbed(climbing: datetime | None, done: str | None) -> bool:
    return climbing is not None and bool(done)


@dataclass(frozen=True)
class Paged:
    """How the pages about one waiting conversation fared, since its ladder began."""

    left: int
    read: bool
    """Somebody has acknowledged one."""
    last_at: datetime | None
    """When the last one that left was made."""
    members: tuple[UUID, ...]
    """Whom these were for."""
    delivered: int = 0
    """How many of them are known to have arrived."""


NOBODY_PAGED = Paged(0, False, None, ())


async def paged(tx: Tx, tier: Tier) -> dict[UUID, Paged]:
    """By conversation, of those that wait in this tier; one without pages is left out."""
    left = T.state.in_(_LEFT)
    query = (
        select(
            T.conversation_id,
            T.member_id,
            func.sum(case((left, 1), else_=0)),
            func.count(T.acknowledged_at),
            func.max(case((left, T.made_at))),
            func.sum(case((T.state == PageState.DELIVERED, 1), else_=0)),
        )
        .join_from(tables.conversations, pages, T.conversation_id == C.id)
        .where(_OPEN, C.state == State.WAITING, C.tier == tier)
        .where(T.kind == Kind.NEEDED, T.made_at >= C.page_from)
        .group_by(T.conversation_id, T.member_id)
        .order_by(func.min(T.made_at), T.member_id)
    )
    found: dict[UUID, Paged] = {}
    for talk, member, left_now, read, last, arrived in await tx.conn.execute(query):
        known = found.get(talk, NOBODY_PAGED)
        found[talk] = Paged(
            known.left + left_now,
            known.read or read > 0,
            max(filter(None, (known.last_at, last)), default=None),
            (*known.members, member) if left_now else known.members,
            known.delivered + arrived,
        )
    return found


@dataclass(frozen=True)
class Unreached:
    """Pages to one member that could not be delivered, about conversations of one line."""

    member_id: UUID
    line_id: UUID
    count: int
    last_at: datetime


async def unreached(tx: Tx, member_ids: Collection[UUID], since: datetime) -> list[Unreached]:
    """By ways that have not worked again meanwhile, or are gone; the newest first."""
    last = func.max(T.made_at)
    query = (
        select(T.member_id, C.line_id, func.count(distinct(T.id)), last)
        .join_from(pages, tables.conversations, C.id == T.conversation_id)
        .join(ways, W.id == T.way_id, isouter=True)
        .where(T.member_id.in_(member_ids), T.made_at >= since)
        .where(T.state == PageState.FAILED, T.kind == Kind.NEEDED)
        .where(W.id.is_(None) | W.failed_at.is_not(None))
        .group_by(T.member_id, C.line_id)
        .order_by(last.desc())
    )
    return [Unreached(*row) for row in await tx.conn.execute(query)]
