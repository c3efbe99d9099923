"""Who works at the line: found by a keyed hash of the name, which itself is sealed."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select, update

from domain.member import Member, Role
from storage import tables
from storage.database import Tx
from storage.encryption import SealBroken
from storage.ids import new_id
from storage.rows import insert_new

T = tables.members


@dataclass(frozen=True)
class Entry:
    """A member with what the line knows of their account."""

    id: UUID
    name: str
    role: Role
    passphrase_hash: bytes | None
    invitation_ends_at: datetime | None
    invited_at: datetime
    joined_at: datetime | None
    revoked_at: datetime | None

    @property
    def member(self) -> Member:
        """The person, less their account."""
        return Member(self.id, self.name, self.role)


def read(tx: Tx, row: Row[tuple[object, ...]]) -> Entry:
    """One of the table's rows, also with other columns beside."""
    values = {n: getattr(row, n) for n in Entry.__dataclass_fields__ if n not in {"name", "role"}}
    return Entry(**values, name=_name(tx, row.id, row.name_sealed), role=Role(row.role))


def _name(tx: Tx, member_id: UUID, sealed: bytes) -> str:
    try:
        return tx.keys.open("text", sealed, "members", member_id, "name")
    except SealBroken:
        return UNREADABLE


UNREADABLE = "?"
"""Instead of a name whose seal is broken: the queue is worth more than one name in it."""


def folded(name: str) -> str:
    """The same however a name is capitalised, spaced or its accents are encoded."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(plain.split())


def name_indexes(tx: Tx, name: str) -> list[bytes]:
    """By what a name is found; it is written by the first of them."""
    return tx.keys.indexes("member", folded(name))


async def invite(
    tx: Tx, name: str, role: Role, invitation_hash: bytes, ends_at: datetime, now: datetime
) -> bool:
    """Add a member who has yet to join; False when the name is taken."""
    row = new_id(now)
    by, *before = name_indexes(tx, name)
    if before and await by_name(tx, name) is not None:
        return False
    added = await insert_new(
        tx,
        T,
        [
            {
                "id": row,
                "name_sealed": tx.keys.seal("text", name, "members", row, "name"),
                "name_index": by,
                "role": role,
                "invitation_hash": invitation_hash,
                "invitation_ends_at": ends_at,
                "invited_at": now,
            }
        ],
        "id",
    )
    return bool(added)


async def invite_again(
    tx: Tx, name: str, role: Role, invitation_hash: bytes, ends_at: datetime, now: datetime
) -> bool:
    """A new link for somebody who never joined; False when they have, or are revoked."""
    result = await tx.conn.execute(
        update(T)
        .where(T.c.name_index.in_(name_indexes(tx, name)))
        .where(T.c.joined_at.is_(None), T.c.revoked_at.is_(None))
        .values(invitation_hash=invitation_hash, invitation_ends_at=ends_at, role=role)
    )
    return result.rowcount == 1


async def set_role(tx: Tx, member_id: UUID, role: Role) -> None:
    """What they may do from now on; it counts by the entry of the log beside it."""
    await tx.conn.execute(update(T).where(T.c.id == member_id).values(role=role))


async def _one(tx: Tx, condition: ColumnElement[bool]) -> Entry | None:
    row = (await tx.conn.execute(select(T).where(condition))).one_or_none()
    return read(tx, row) if row else None


async def by_name(tx: Tx, name: str) -> Entry | None:
    """Whoever has this name (case aside), or None."""
    return await _one(tx, T.c.name_index.in_(name_indexes(tx, name)))


async def by_id(tx: Tx, member_id: UUID) -> Entry | None:
    """One member, or None."""
    return await _one(tx, T.c.id == member_id)


async def at_work(tx: Tx, member_id: UUID, *, alone: bool = False) -> Entry | None:
    """A member who has joined and is not revoked, and will not be before the commit; or None.

    `alone`: nobody else asks so for the same member until then.
    """
    query = select(T).where(T.c.id == member_id)
    locked = query.with_for_update(key_share=True) if alone else query.with_for_update(read=True)
    rows = await tx.conn.execute(locked if tx.postgres else query)
    row = rows.one_or_none()
    entry = read(tx, row) if row else None
    return entry if entry and entry.joined_at and not entry.revoked_at else None


async def invited(tx: Tx, invitation_hash: bytes, now: datetime) -> Entry | None:
    """Whom an invitation that still holds is for."""
    return await _one(
        tx,
        (T.c.invitation_hash == invitation_hash)
        & (T.c.invitation_ends_at > now)
        & T.c.joined_at.is_(None)
        & T.c.revoked_at.is_(None),
    )


async def join(
    tx: Tx, invitation_hash: bytes, passphrase_hash: bytes | None, now: datetime
) -> bool:
    """Use an invitation, once; False when somebody was faster or it no longer holds."""
    result = await tx.conn.execute(
        update(T)
        .where(T.c.invitation_hash == invitation_hash, T.c.invitation_ends_at > now)
        .where(T.c.joined_at.is_(None), T.c.revoked_at.is_(None))
        .values(passphrase_hash=passphrase_hash, joined_at=now, invitation_hash=None)
    )
    return result.rowcount == 1


async def forget_hash(tx: Tx, member_id: UUID) -> None:
    """Their pair opens with their passphrase now: that is how it is known."""
    await tx.conn.execute(update(T).where(T.c.id == member_id).values(passphrase_hash=None))


async def revoke(tx: Tx, member_id: UUID, now: datetime) -> bool:
    """End an account; False when it had ended."""
    result = await tx.conn.execute(
        update(T)
        .where(T.c.id == member_id, T.c.revoked_at.is_(None))
        .values(revoked_at=now, passphrase_hash=None, invitation_hash=None)
    )
    return result.rowcount == 1


async def every(tx: Tx) -> list[Entry]:
    """All members, also invited and revoked ones, in the order of their invitations."""
    return [read(tx, row) for row in await tx.conn.execute(select(T).order_by(T.c.id))]


async def names(tx: Tx) -> dict[UUID, str]:
    """What everybody is called, also invited and revoked ones."""
    return {row.id: _name(tx, row.id, row.name_sealed) for row in await tx.conn.execute(_NAMES)}


_NAMES = select(T.c.id, T.c.name_sealed).order_by(T.c.id)
