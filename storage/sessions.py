"""Who is signed in: a session is found by the keyed hash of its random token.

Its row holds the member's private key, sealed under a key that only the token makes. Who has a copy
of the database opens none without the cookie, nor with it once the row is gone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, select, update

from storage import key_tables, members, tables
from storage.database import Tx
from storage.encryption import SealBroken, open_under, seal_under
from storage.ids import new_id
from storage.pairs import pair_of
from storage.reading import MemberKey
from storage.rows import insert

T = key_tables.sessions
FAILURES = key_tables.sign_in_failures


@dataclass(frozen=True)
class Session:
    """One that holds."""

    id: UUID
    member_id: UUID
    key: MemberKey | None
    """None for a member who has no pair yet."""
    locks_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Listed:
    """One of a member's, as they see it."""

    id: UUID
    browser: str
    began_at: datetime
    used_at: datetime


async def begin(
    tx: Tx,
    token: str,
    member_id: UUID,
    now: datetime,
    ends_at: datetime,
    *,
    locks_at: datetime | None = None,
    key: MemberKey | None = None,
    browser: str = "",
) -> None:
    """A new session; without `locks_at` it lasts to its end."""
    row: dict[str, object] = {"token_hash": _found_by(tx, token)[0], "id": new_id(now)}
    row |= {"member_id": member_id, "browser": browser, "generation": None, "key_sealed": None}
    row |= {"began_at": now, "used_at": now, "locks_at": locks_at or ends_at, "ends_at": ends_at}
    if key is not None:
        bound = _bound(member_id, key.generation)
        sealed = seal_under(_key_of(token), key.pair.private, *bound)
        row |= {"generation": key.generation, "key_sealed": sealed}
    await insert(tx, T, [row])


def _found_by(tx: Tx, token: str) -> list[bytes]:
    return tx.keys.indexes("session", token)


def _key_of(token: str) -> bytes:
    return blake2b(token.encode(), digest_size=32, person=b"utvag session").digest()


def _bound(member_id: UUID, generation: int) -> tuple[object, ...]:
    return ("sessions", member_id, generation)


def _holds(now: datetime) -> ColumnElement[bool]:
    held = (T.c.ends_at > now) & (T.c.locks_at > now)
    return held & tables.members.c.revoked_at.is_(None)


_HAS_PAIR = exists().where(key_tables.member_keys.c.member_id == T.c.member_id).label("has_pair")


async def whose(tx: Tx, token: str, now: datetime) -> Session | None:
    """A session that still holds, and whose member's account does.

    One whose member has a pair holds that pair's private half, sealed to them: a row that was
    written over to be somebody else's is nobody's.
    """
    query = (
        select(T, _HAS_PAIR)
        .join_from(T, tables.members, tables.members.c.id == T.c.member_id)
        .where(T.c.token_hash.in_(_found_by(tx, token)), _holds(now))
    )
    row = (await tx.conn.execute(query)).one_or_none()
    if row is None:
        return None
    key = None
    if row.key_sealed is not None:
        try:
            bound = _bound(row.member_id, row.generation)
            private = open_under(_key_of(token), row.key_sealed, *bound)
            key = MemberKey(row.member_id, row.generation, pair_of(private))
        except SealBroken:
            return None
    elif row.has_pair:
        return None
    return Session(row.id, row.member_id, key, row.locks_at, row.ends_at)


async def holding(tx: Tx, tokens: Iterable[str], now: datetime) -> set[str]:
    """Those of the tokens whose session still holds, and whose member's account does."""
    hashes = {one: token for token in tokens for one in _found_by(tx, token)}
    query = (
        select(T.c.token_hash)
        .join_from(T, tables.members, tables.members.c.id == T.c.member_id)
        .where(T.c.token_hash.in_(list(hashes)), _holds(now))
    )
    return {hashes[found] for found in (await tx.conn.execute(query)).scalars()}


async def use(tx: Tx, token: str, now: datetime, locks_at: datetime) -> None:
    """It was used: it locks later; a use that is told late never makes it lock earlier."""
    await tx.conn.execute(
        update(T)
        .where(T.c.token_hash.in_(_found_by(tx, token)), T.c.locks_at > now)
        .where(T.c.locks_at < locks_at)
        .values(used_at=now, locks_at=locks_at)
    )


async def of_member(tx: Tx, member_id: UUID, now: datetime) -> list[Listed]:
    """A member's sessions that hold, the newest first."""
    query = (
        select(T.c.id, T.c.browser, T.c.began_at, T.c.used_at)
        .join_from(T, tables.members, tables.members.c.id == T.c.member_id)
        .where(T.c.member_id == member_id, _holds(now))
        .order_by(T.c.began_at.desc(), T.c.id.desc())
    )
    return [Listed(*row) for row in await tx.conn.execute(query)]


async def end(tx: Tx, token: str) -> None:
    """Sign out."""
    await tx.conn.execute(delete(T).where(T.c.token_hash.in_(_found_by(tx, token))))


async def end_one(tx: Tx, member_id: UUID, session_id: UUID) -> bool:
    """Sign a member out in one place; False when it was not theirs or has ended."""
    gone = delete(T).where(T.c.id == session_id, T.c.member_id == member_id)
    return bool((await tx.conn.execute(gone)).rowcount)


async def end_all(tx: Tx, member_id: UUID, *, but: str | None = None) -> None:
    """Sign a member out everywhere, or in every place but that of one token."""
    gone = delete(T).where(T.c.member_id == member_id)
    await tx.conn.execute(gone.where(T.c.token_hash.not_in(_found_by(tx, but))) if but else gone)


async def end_over(tx: Tx, now: datetime) -> int:
    """What has ended or is locked keeps no key; how many there were."""
    gone = delete(T).where((T.c.ends_at <= now) | (T.c.locks_at <= now))
    return int((await tx.conn.execute(gone)).rowcount)


async def any_over(tx: Tx, now: datetime) -> bool:
    """Whether one is to go."""
    query = select(T.c.id).where((T.c.ends_at <= now) | (T.c.locks_at <= now)).limit(1)
    return (await tx.conn.execute(query)).first() is not None


async def forget_failures(tx: Tx, failures_before: datetime) -> int:
    """Forget sign-ins that no longer count; how many there were."""
    gone = delete(FAILURES).where(FAILURES.c.at < failures_before)
    return int((await tx.conn.execute(gone)).rowcount)


async def queue_up(tx: Tx) -> None:
    """Sign-ins are counted one after the other: at once, each would be the first."""
    if tx.postgres:
        await tx.conn.execute(select(func.pg_advisory_xact_lock(_SIGN_IN_LOCK)))


_SIGN_IN_LOCK = 0x75747662


async def fail(tx: Tx, name: str, source: str, now: datetime) -> None:
    """A sign-in that is wrong, or has yet to be proved right."""
    who = {"name_index": members.name_indexes(tx, name)[0], "source_hash": _source(tx, source)[0]}
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
        found.append(FAILURES.c.name_index.in_(members.name_indexes(tx, name)))
    if source is not None:
        found.append(FAILURES.c.source_hash.in_(_source(tx, source)))
    return found


def _source(tx: Tx, source: str) -> list[bytes]:
    """Of an IPv6 address the /64, which is one customer's (RFC 6177)."""
    try:
        address = ip_address(source)
    except ValueError:
        return tx.keys.indexes("source", source)
    if isinstance(address, IPv6Address):
        source = str(IPv6Address(int(address) >> 64 << 64))
    return tx.keys.indexes("source", source)
