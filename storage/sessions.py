"""Who is signed in: a session is found by the keyed hash of its random token.

Its row holds the member's private key, sealed under a key that only the token and the server's own
key make together, and bound to whose it is, when it locks and when it ends. Who has a copy of the
database opens none without the cookie, nor with it once the row is gone; who writes into the
database, and has an old cookie, does not make it last any longer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from typing import Any
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
    locks_at = locks_at or ends_at
    found_by, lock = next(iter(_locks(tx, token).items()))
    generation = key.generation if key else None
    bound = _bound(member_id, generation, locks_at, ends_at)
    row: dict[str, object] = {"token_hash": found_by, "id": new_id(now)}
    row |= {"member_id": member_id, "browser": browser, "generation": generation}
    row |= {"key_sealed": seal_under(lock, key.pair.private if key else b"", *bound)}
    row |= {"began_at": now, "used_at": now, "locks_at": locks_at, "ends_at": ends_at}
    await insert(tx, T, [row])


def _found_by(tx: Tx, token: str) -> list[bytes]:
    return tx.keys.indexes("session", token)


def _locks(tx: Tx, token: str) -> dict[bytes, bytes]:
    """By each hash that it may be found by: the key that opens its row."""
    keys = tx.keys.indexes("session key", token)
    return {
        found_by: blake2b(
            token.encode(), key=mixed_in[-32:], digest_size=32, person=b"utvag session"
        ).digest()
        for found_by, mixed_in in zip(_found_by(tx, token), keys, strict=True)
    }


def _bound(
    member_id: UUID, generation: int | None, locks_at: datetime, ends_at: datetime
) -> tuple[object, ...]:
    moments = (m.astimezone(UTC).isoformat(timespec="microseconds") for m in (locks_at, ends_at))
    return ("sessions", member_id, generation, *moments)


def _opened(tx: Tx, token: str, row: Any) -> bytes:
    """The private half in it; empty of a member who had no pair. Raises SealBroken where anything
    that it is bound to was written over."""
    bound = _bound(row.member_id, row.generation, row.locks_at, row.ends_at)
    return open_under(_locks(tx, token)[bytes(row.token_hash)], row.key_sealed or b"", *bound)


def _holds(now: datetime) -> ColumnElement[bool]:
    held = (T.c.ends_at > now) & (T.c.locks_at > now)
    return held & tables.members.c.revoked_at.is_(None)


_HAS_PAIR = exists().where(key_tables.member_keys.c.member_id == T.c.member_id).label("has_pair")


async def whose(tx: Tx, token: str, now: datetime) -> Session | None:
    """A session that still holds, and whose member's account does.

    One whose member has a pair holds that pair's private half, sealed to them: a row that was
    written over to be somebody else's, or to last longer, is nobody's.
    """
    query = (
        select(T, _HAS_PAIR)
        .join_from(T, tables.members, tables.members.c.id == T.c.member_id)
        .where(T.c.token_hash.in_(_found_by(tx, token)), _holds(now))
    )
    row = (await tx.conn.execute(query)).one_or_none()
    try:
        private = _opened(tx, token, row) if row is not None else None
    except SealBroken:
        return None
    if row is None or private is None or (row.has_pair and not private):
        return None
    key = MemberKey(row.member_id, row.generation, pair_of(private)) if private else None
    return Session(row.id, row.member_id, key, row.locks_at, row.ends_at)


async def holding(tx: Tx, tokens: Iterable[str], now: datetime) -> set[str]:
    """Those of the tokens whose session still holds, and whose member's account does."""
    hashes = {one: token for token in tokens for one in _found_by(tx, token)}
    query = (
        select(T)
        .join_from(T, tables.members, tables.members.c.id == T.c.member_id)
        .where(T.c.token_hash.in_(list(hashes)), _holds(now))
    )
    rows = [(hashes[bytes(row.token_hash)], row) for row in await tx.conn.execute(query)]
    return {token for token, row in rows if _is_ours(tx, token, row)}


def _is_ours(tx: Tx, token: str, row: Any) -> bool:
    try:
        _opened(tx, token, row)
    except SealBroken:
        return False
    return True


async def use(tx: Tx, token: str, now: datetime, locks_at: datetime) -> None:
    """It was used: it locks later; a use that is told late never makes it lock earlier."""
    theirs = T.c.token_hash.in_(_found_by(tx, token))
    query = select(T).where(theirs, T.c.locks_at > now, T.c.locks_at < locks_at)
    row = (await tx.conn.execute(query.with_for_update() if tx.postgres else query)).one_or_none()
    if row is None or not _is_ours(tx, token, row):
        return
    bound = _bound(row.member_id, row.generation, locks_at, row.ends_at)
    lock = _locks(tx, token)[bytes(row.token_hash)]
    sealed = seal_under(lock, _opened(tx, token, row), *bound)
    later = update(T).where(T.c.token_hash == row.token_hash)
    await tx.conn.execute(later.values(used_at=now, locks_at=locks_at, key_sealed=sealed))


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
