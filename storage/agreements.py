"""Who agreed that something is given, and whose agreement counts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from storage import tables
from storage.database import Tx
from storage.register_tables import agreements, disclosures
from storage.rows import insert_new

T, D, M = agreements.c, disclosures.c, tables.members.c

WANTED = 2


@dataclass(frozen=True)
class Agreement:
    """One member's."""

    member_id: UUID
    leads: bool
    """Whether they coordinated then."""
    at: datetime
    counts: bool
    """It does not where they wrote the request down, or were revoked before it was settled."""


_STOOD = M.revoked_at.is_(None) | (M.revoked_at >= func.coalesce(D.given_at, D.refused_at))
_COUNTS = _STOOD & (T.member_id != D.asked_by)


async def of_entries(tx: Tx, entry_ids: Collection[UUID]) -> dict[UUID, list[Agreement]]:
    """By entry, in the order in which they agreed."""
    query = (
        select(T.disclosure_id, T.member_id, T.leads, T.at, _COUNTS)
        .join_from(agreements, disclosures, D.id == T.disclosure_id)
        .join(tables.members, M.id == T.member_id)
        .where(T.disclosure_id.in_(entry_ids))
        .order_by(T.disclosure_id, T.at, T.member_id)
    )
    found: dict[UUID, list[Agreement]] = {}
    for entry_id, *values in await tx.conn.execute(query):
        member_id, leads, at, counts = values
        found.setdefault(entry_id, []).append(Agreement(member_id, leads, at, bool(counts)))
    return found


async def add(tx: Tx, entry_id: UUID, member_id: UUID, now: datetime, *, leads: bool) -> bool:
    """False where they have agreed before."""
    row = {"disclosure_id": entry_id, "member_id": member_id, "leads": leads, "at": now}
    return bool(await insert_new(tx, agreements, [row], "member_id"))


def two_agree() -> ColumnElement[bool]:
    """Of a disclosure, in the statement that gives it: two agree whose agreement counts, and one
    of them leads."""
    theirs = (T.disclosure_id == D.id, M.revoked_at.is_(None), T.member_id != D.asked_by)
    here = select(func.count()).join_from(agreements, tables.members, M.id == T.member_id)
    here = here.where(*theirs).correlate(disclosures)
    return (here.scalar_subquery() >= WANTED) & (here.where(T.leads).scalar_subquery() >= 1)
