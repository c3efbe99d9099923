"""Whom each line pages: written edition by edition, never changed, so that its history is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from domain.escalation import LADDERS, Ladder, LastResort, Step, Ways
from domain.priority import Tier
from domain.rota import ShiftRole
from storage.database import Tx
from storage.ids import new_id
from storage.policy_tables import policies
from storage.rows import insert_new

T = policies.c


@dataclass(frozen=True)
class Policy:
    """Of one line, as it stands."""

    edition: int = 0
    """How often it was changed."""
    written: Mapping[Tier, Ladder] = field(default_factory=dict)

    def ladder(self, tier: Tier) -> Ladder:
        """As a coordinator wrote it, or the field's own."""
        return self.written.get(tier, LADDERS[tier])


@dataclass(frozen=True)
class Written:
    """One change of a line's policy."""

    edition: int
    tier: Tier
    ladder: Ladder
    by: UUID
    at: datetime


async def editions(tx: Tx) -> dict[UUID, int]:
    """Of every line whose policy was ever changed, how often."""
    return {row[0]: row[1] for row in await tx.conn.execute(_EDITIONS)}


_EDITIONS = select(T.line_id, func.max(T.edition)).group_by(T.line_id)
"""Built once: it is asked with every look."""


async def every(tx: Tx) -> dict[UUID, Policy]:
    """By line; a line without one goes by the field's own."""
    found: dict[UUID, Policy] = {}
    query = select(*policies.c).order_by(T.line_id, T.edition)
    for row in await tx.conn.execute(query):
        known = found.get(row.line_id, Policy())
        ladder = from_json(row.ladder)
        written = {**known.written, Tier(row.tier): ladder}
        found[row.line_id] = Policy(row.edition, written)
    return found


async def history(tx: Tx, line_id: UUID) -> list[Written]:
    """Every change of this line's, the first one first."""
    query = select(*policies.c).where(T.line_id == line_id).order_by(T.edition)
    return [
        Written(row.edition, Tier(row.tier), from_json(row.ladder), row.written_by, row.at)
        for row in await tx.conn.execute(query)
    ]


async def write(tx: Tx, line_id: UUID, written: Written) -> bool:
    """False where somebody else has written this edition."""
    row = {
        "id": new_id(written.at),
        "line_id": line_id,
        "edition": written.edition,
        "tier": written.tier,
        "ladder": to_json(written.ladder),
        "written_by": written.by,
        "at": written.at,
    }
    return bool(await insert_new(tx, policies, [row], "id"))


def to_json(ladder: Ladder) -> dict[str, Any]:
    """Times in seconds."""
    last = ladder.last
    return {
        "steps": [
            [step.number, step.after.total_seconds(), str(step.whom), str(step.ways)]
            for step in ladder.steps
        ],
        "again": _seconds(ladder.again),
        "last": last and {"member": last.member and last.member.hex, "after": _seconds(last.after)},
    }


def from_json(kept: dict[str, Any]) -> Ladder:
    """As `to_json` wrote it."""
    last = kept["last"]
    return Ladder(
        tuple(
            Step(number, timedelta(seconds=after), ShiftRole(whom), Ways(by))
            for number, after, whom, by in kept["steps"]
        ),
        _length(kept["again"]),
        last and LastResort(last["member"] and UUID(last["member"]), _length(last["after"])),
    )


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
