"""Who is signed in: a session is found by the keyed hash of its random token."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, true

from storage import members, tables
from storage.database import Tx
from storage.ids import new_id
from storage.rows import insert

T = tables.sessions
FAILURES = tables.sign_in_failures


async def begin(tx: Tx, token: str, member_id: UUID, now: datetime, ends_at: datetime) -> None:
    """A new session."""
    row = {"member_id": member_id, "began_at": now, "ends_at": ends_at}
    await insert(tx, T, [{"token_hash": tx.keys.index("session", token), **row}])


async def whose(tx: Tx, token: str, now: datetime) -> UUID | None:
    """The member of a session that still holds, and whose account does."""
    m = tables.members.c
    query = (
        select(T.c.member_id)
        .join_from(T, tables.members, m.id == T.c.member_id)
        .where(T.c.token_hash == tx.keys.index("session", token), T.c.ends_at > now)
        .where(m.revoked_at.is_(None))
    )
    return (await tx.conn.execute(query)).scalar_one_or_none()


async def end(tx: Tx, token: str) -> None:
    """Sign out."""
    await tx.conn.execute(delete(T).where(T.c.token_hash == tx.keys.index("session", token)))


async def end_all(tx: Tx, member_id: UUID) -> None:
    """Sign a member out everywhere."""
    await tx.conn.execute(delete(T).where(T.c.member_id == member_id))


async def sweep(tx: Tx, now: datetime, failures_before: datetime) -> None:
    """Forget what has ended."""
    await tx.conn.execute(delete(T).where(T.c.ends_at <= now))
    await tx.conn.execute(delete(FAILURES).where(FAILURES.c.at < failures_before))


async def queue_up(tx: Tx) -> None:
    """Sign-ins are counted one after the other: at once, each would be the first."""
    if tx.postgres:
        await tx.conn.execute(select(func.pg_advisory_xact_lock(_SIGN_IN_LOCK)))


_SIGN_IN_LOCK = 0x75747662


async def fail(tx: Tx, name: str, source: str, now: datetime) -> None:
    """A sign-in that is wrong, or has yet to be proved right."""
    await insert(tx, FAILURES, [{"id": new_id(now), **_who(tx, name, source), "at": now}])


async def forgive(tx: Tx, name: str, source: str) -> None:
    """They got it right: what went wrong before from there no longer counts."""
    await tx.conn.execute(delete(FAILURES).where(_theirs(tx, name, source)))


async def failed_at(
    tx: Tx, since: datetime, nth: int, who: tuple[str, str] | None = None
) -> datetime | None:
    """When the nth last failure since then was; None when there are fewer.

    `who`: for this name from this source; None: of everybody.
    """
    which = _theirs(tx, *who) if who else true()
    query = (
        select(FAILURES.c.at)
        .where(FAILURES.c.at > since, which)
        .order_by(FAILURES.c.at.desc())
        .limit(1)
        .offset(nth - 1)
    )
    return (await tx.conn.execute(query)).scalar_one_or_none()


def _theirs(tx: Tx, name: str, source: str) -> ColumnElement[bool]:
    who = _who(tx, name, source)
    return (FAILURES.c.name_index == who["name_index"]) & (
        FAILURES.c.source_hash == who["source_hash"]
    )


def _who(tx: Tx, name: str, source: str) -> dict[str, bytes]:
    return {
        "name_index": members.name_index(tx, name),
        "source_hash": tx.keys.index("source", source),
    }
