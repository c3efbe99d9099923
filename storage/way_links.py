"""Codes by which a member links a chat to themselves: shown once, hashed, used once, soon over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update

from storage.database import Tx
from storage.page_tables import way_links
from storage.rows import insert

T = way_links.c

KNOWN_FOR = timedelta(days=7)
"""After its end a code is still answered as one of ours for so long."""


@dataclass(frozen=True)
class Used:
    """What became of a code that somebody gave."""

    member_id: UUID
    fresh: bool
    """False: it was used before, or its time was over."""


def _hashes(tx: Tx, code: str) -> list[bytes]:
    return tx.keys.indexes("way link", code)


async def make(tx: Tx, member_id: UUID, code: str, now: datetime, ends_at: datetime) -> None:
    """From now on this code alone links a chat to them."""
    theirs = T.member_id == member_id
    await tx.conn.execute(delete(way_links).where(theirs, T.ends_at < now - KNOWN_FOR))
    earlier = update(way_links).where(theirs, T.ends_at > now)
    await tx.conn.execute(earlier.values(ends_at=now))
    row = {
        "code_hash": _hashes(tx, code)[0],
        "member_id": member_id,
        "made_at": now,
        "ends_at": ends_at,
    }
    await insert(tx, way_links, [row])


async def made(tx: Tx, member_id: UUID, since: datetime) -> int:
    """How many a member has had made."""
    query = select(func.count()).select_from(way_links)
    found = await tx.conn.execute(query.where(T.member_id == member_id, T.made_at >= since))
    return int(found.scalar_one())


async def open_until(tx: Tx, member_id: UUID, now: datetime) -> datetime | None:
    """Until when a code of theirs can still be used; None where there is none."""
    query = select(func.max(T.ends_at)).where(
        T.member_id == member_id, T.ends_at > now, T.used_at.is_(None)
    )
    found: datetime | None = (await tx.conn.execute(query)).scalar_one()
    return found


async def use(tx: Tx, code: str, now: datetime) -> Used | None:
    """Use a code, once; None where it is none of ours."""
    this = T.code_hash.in_(_hashes(tx, code))
    good = update(way_links).where(this, T.used_at.is_(None), T.ends_at > now)
    used = (await tx.conn.execute(good.values(used_at=now))).rowcount == 1
    whose = (await tx.conn.execute(select(T.member_id).where(this))).scalar_one_or_none()
    return Used(whose, fresh=used) if whose is not None else None
