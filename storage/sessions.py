"""Who is signed in: a session is found by the keyed hash of its random token."""

from collections.abc import Iterable
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select

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


async def holding(tx: Tx, tokens: Iterable[str], now: datetime) -> set[str]:
    """Those of the tokens whose session still holds, and whose member's account does."""
    m, hashes = tables.members.c, {tx.keys.index("session", token): token for token in tokens}
    query = (
        select(T.c.token_hash)
        .join_from(T, tables.members, m.id == T.c.member_id)
        .where(T.c.token_hash.in_(list(hashes)), T.c.ends_at > now, m.revoked_at.is_(None))
    )
    return {hashes[found] for found in (await tx.conn.execute(query)).scalars()}


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
    who = {"name_index": members.name_index(tx, name), "source_hash": _source(tx, source)}
    await insert(tx, FAILURES, [{"id": new_id(now), **who, "at": now}])


async def forgive(tx: Tx, name: str, source: str) -> None:
    """They got it right: what went wrong before from there no longer counts."""
    await tx.conn.execute(delete(FAILURES).where(*_of(tx, name, source)))


async def failed_at(
    tx: Tx, since: datetime, nth: int, *, name: str | None = None, source: str | None = None
) -> datetime | None:
    """When the nth last failure since then was; None when there are fewer.

    Only those for this name and from this source, where they are given.
    """
    query = (
        select(FAILURES.c.at)
        .where(FAILURES.c.at > since, *_of(tx, name, source))
        .order_by(FAILURES.c.at.desc())
        .limit(1)
        .offset(nth - 1)
    )
    return (await tx.conn.execute(query)).scalar_one_or_none()


def _of(tx: Tx, name: str | None, source: str | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if name is not None:
        found.append(FAILURES.c.name_index == members.name_index(tx, name))
    if source is not None:
        found.append(FAILURES.c.source_hash == _source(tx, source))
    return found


def _source(tx: Tx, source: str) -> bytes:
    """Of an IPv6 address the /64, which is one customer's (RFC 6177)."""
    try:
        address = ip_address(source)
    except ValueError:
        return tx.keys.index("source", source)
    if isinstance(address, IPv6Address):
        source = str(IPv6Address(int(address) >> 64 << 64))
    return tx.keys.index("source", source)
