"""Is an invitation the one that was made? What the log says counts, not what stands in the row.

A link is found by a keyed hash that lies in the row of whoever it is for. With the deed an entry of
the log says of whom, by which hash and until when: a hash that was moved to another's row, or put
back there, is nobody's, and so is one that holds longer than was said.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import Enum
from hashlib import blake2b
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.noted import Noted
from storage import audit, tables
from storage.database import Tx
from storage.encryption import parts

A, M = audit.T.c, tables.members.c

_ABOUT = (Noted.LINK, Noted.JOINED)


class Said(Enum):
    """What the log says of an invitation."""

    TRUE = "true"
    OTHERWISE = "otherwise"
    """Another one was made last, or it was used: somebody wrote this one into the row."""
    NOTHING = "nothing"
    """It was made before links were written down, or its entry is gone."""


_OPEN = (
    select(M.id, M.invitation_hash, M.invitation_ends_at, audit.T)
    .outerjoin_from(tables.members, audit.T, (A.object_id == M.id) & A.act.in_(_ABOUT))
    .where(M.joined_at.is_(None), M.revoked_at.is_(None), M.invitation_hash.is_not(None))
    .order_by(M.id, A.number.desc())
)


def note(tx: Tx, member_id: UUID, link: bytes, ends_at: datetime, now: datetime) -> None:
    """In the transaction that writes it into the row."""
    audit.note(tx, Noted.LINK, now, object_id=member_id, detail=_mark(link, ends_at))


def _mark(link: bytes, ends_at: datetime) -> str:
    """Nobody finds a link by it; whose it is, the entry binds."""
    until = ends_at.astimezone(UTC).isoformat(timespec="microseconds")
    return blake2b(parts((link.hex(), until)), digest_size=24).hexdigest()


async def said(tx: Tx, member_id: UUID) -> Said:
    """Of what stands in their row now."""
    rows = (await tx.conn.execute(_OPEN.where(M.id == member_id))).all()
    return _said(tx, rows) if rows else Said.NOTHING


async def open_ones(tx: Tx, now: datetime) -> dict[UUID, Said]:
    """Of all that could be used, as their rows say."""
    rows = (await tx.conn.execute(_OPEN.where(M.invitation_ends_at > now))).all()
    each = groupby(rows, key=attrgetter("id"))
    return {whose: _said(tx, list(theirs)) for whose, theirs in each}


def _said(tx: Tx, rows: Sequence[Any]) -> Said:
    newest = _newest(tx, (row for row in rows if row.number is not None))
    if newest is None:
        return Said.NOTHING
    mark = _mark(bytes(rows[0].invitation_hash), rows[0].invitation_ends_at)
    true = newest.act == Noted.LINK and newest.detail == mark
    return Said.TRUE if true else Said.OTHERWISE


def _newest(tx: Tx, rows: Iterable[Any]) -> audit.Entry | None:
    each = (audit.entry_of(row) for row in rows)
    return next((one for one in each if audit.is_genuine(tx, one)), None)
