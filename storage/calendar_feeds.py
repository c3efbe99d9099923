"""By which secret address is whose calendar read? The address itself is not kept."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from storage import tables
from storage.database import Tx
from storage.rota_tables import calendar_feeds
from storage.rows import upsert

T = calendar_feeds.c


@dataclass(frozen=True)
class Reader:
    """Whose calendar it is; `ended` once their account is."""

    member_id: UUID
    ended: bool
    by_older: bool
    """It was found by an older key of the server's."""


async def renew(tx: Tx, member_id: UUID, token: str, now: datetime) -> None:
    """From now on this token alone reads their calendar."""
    values = {"token_hash": tx.keys.index("calendar feed", token), "made_at": now}
    added = upsert(tx, calendar_feeds).values(member_id=member_id, **values)
    await tx.conn.execute(added.on_conflict_do_update(index_elements=[T.member_id], set_=values))


async def end(tx: Tx, member_id: UUID) -> bool:
    """Nothing reads it any more; False where there was none."""
    gone = await tx.conn.execute(delete(calendar_feeds).where(T.member_id == member_id))
    return gone.rowcount == 1


async def made_at(tx: Tx, member_id: UUID) -> datetime | None:
    """When the address was made; None where there is none."""
    found: datetime | None = (
        await tx.conn.execute(select(T.made_at).where(T.member_id == member_id))
    ).scalar_one_or_none()
    return found


async def follow(tx: Tx, member_id: UUID, token: str) -> None:
    """A token that was found by an older key of the server's is found by the newest from now on."""
    by, *before = tx.keys.indexes("calendar feed", token)
    theirs = update(calendar_feeds).where(T.member_id == member_id, T.token_hash.in_(before))
    await tx.conn.execute(theirs.values(token_hash=by))


async def whose(tx: Tx, token: str) -> Reader | None:
    """Whose calendar a token reads, or None."""
    members = tables.members
    query = (
        select(T.member_id, members.c.revoked_at, T.token_hash)
        .join_from(calendar_feeds, members, members.c.id == T.member_id)
        .where(T.token_hash.in_(tx.keys.indexes("calendar feed", token)))
    )
    row = (await tx.conn.execute(query)).one_or_none()
    newest = tx.keys.index("calendar feed", token)
    return Reader(row[0], row[1] is not None, row[2] != newest) if row else None
