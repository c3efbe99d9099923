"""Who was admitted to the team, and whether their entry is worth anything.

An entry holds the team's private half, sealed to the member's pair, and a tag over member, key and
role that only who has the team's private half can make. The tag lies under the server's key, bound
to the same things: who has only the database changes none of them unnoticed, and who has the
server's keys as well is found out by the first reader.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, select

from domain.member import READERS, Role
from storage.database import Tx
from storage.encryption import SealBroken, parts
from storage.key_tables import member_keys
from storage.pairs import Pair, open_with, seal_to
from storage.reading import MemberKey
from storage.rows import insert, upsert
from storage.tables import members
from storage.team_tables import roster

R, M, K = roster.c, members.c, member_keys.c


@dataclass(frozen=True)
class Key:
    """The team's newest pair, opened."""

    generation: int
    pair: Pair


@dataclass(frozen=True)
class Known:
    """A member as the database has them now."""

    member_id: UUID
    role: Role
    joined_at: datetime | None
    revoked_at: datetime | None
    key_generation: int | None
    """Of their newest pair; None for who has none."""
    public: bytes | None

    @property
    def may_be_admitted(self) -> bool:
        """They work here, their role reads, and there is something to seal to."""
        works = self.joined_at is not None and self.revoked_at is None
        return works and self.role in READERS and self.public is not None


@dataclass(frozen=True)
class Entry:
    """One of the roster's, beside what holds of its member now."""

    generation: int
    member: Known
    member_generation: int
    role: str
    sealed: bytes
    tag_sealed: bytes
    admitted_at: datetime
    admitted_by: UUID


_NEWEST_KEY = (
    select(func.max(K.generation)).where(K.member_id == M.id).correlate(members).scalar_subquery()
)
_WITH_KEY = members.outerjoin(member_keys, and_(K.member_id == M.id, K.generation == _NEWEST_KEY))
_KNOWN = (M.id, M.role, M.joined_at, M.revoked_at, K.generation, K.public)
_ENTRY = (R.generation, R.member_generation, R.role, R.sealed, R.tag_sealed)
_WHEN = (R.admitted_at, R.admitted_by)
_EVERYBODY = select(*_KNOWN).select_from(_WITH_KEY).order_by(M.id)
_ENTRIES = (
    select(*_KNOWN, *_ENTRY, *_WHEN)
    .select_from(_WITH_KEY.join(roster, R.member_id == M.id))
    .order_by(R.generation, R.admitted_at, M.id)
)


TAGS = select(
    *(R.generation, R.member_id, R.tag_sealed),
    *(M.role.label("role_now"), K.generation.label("key_generation"), K.public),
).select_from(_WITH_KEY.join(roster, R.member_id == M.id))
"""The tags, and what each is bound to."""


def bound_of(row: Any) -> tuple[object, ...]:
    """Of one of `TAGS`, as far as its member is who they were."""
    role, key = Role(row.role_now), (row.key_generation, row.public)
    return _bound(row.generation, Known(row.member_id, role, None, None, *key))


def _known(row: Any) -> Known:
    return Known(row[0], Role(row[1]), *row[2:6])


def _entry(row: Any) -> Entry:
    return Entry(row[6], _known(row), *row[7:])


async def everybody(tx: Tx) -> list[Known]:
    """All members, also invited and revoked ones, in the order of their invitations."""
    return [_known(row) for row in await tx.conn.execute(_EVERYBODY)]


async def known(tx: Tx, member_id: UUID) -> Known | None:
    """One member as they are now."""
    row = (await tx.conn.execute(_EVERYBODY.where(M.id == member_id))).one_or_none()
    return _known(row) if row else None


async def entries(tx: Tx, generation: int) -> list[Entry]:
    """The roster of a team, valid or not; who was admitted first comes first."""
    rows = await tx.conn.execute(_ENTRIES.where(R.generation == generation))
    return [_entry(row) for row in rows]


async def of_member(tx: Tx, member_id: UUID) -> Entry | None:
    """Their entry in the newest roster."""
    rows = (await tx.conn.execute(_ENTRIES.where(M.id == member_id))).all()
    return _entry(rows[-1]) if rows else None


async def newest(tx: Tx) -> dict[UUID, Entry]:
    """By member, their entry in the newest roster."""
    return {one.member.member_id: one for one in map(_entry, await tx.conn.execute(_ENTRIES))}


def opened(key: MemberKey, entry: Entry) -> bytes:
    """The team's private half. Raises SealBroken."""
    return open_with(key.pair, entry.sealed, *_place(entry.generation, key.member_id))


def _place(generation: int, member_id: UUID) -> tuple[object, ...]:
    return ("roster", generation, member_id)


def is_valid(tx: Tx, team: Pair, entry: Entry) -> bool:
    """Whether a reader wrote it, and member, pair and role are what they were then."""
    member = entry.member
    if member.public is None or not stands(tx, entry):
        return False
    made = tag(team, entry.generation, member)
    return hmac.compare_digest(_tag(tx, entry), made)


def stands(tx: Tx, entry: Entry) -> bool:
    """As far as can be told without the team's private half."""
    member = entry.member
    same = (entry.member_generation, entry.role) == (member.key_generation, member.role.value)
    if not same or not member.may_be_admitted:
        return False
    try:
        _tag(tx, entry)
    except SealBroken:
        return False
    return True


def role_in_tag(tx: Tx, entry: Entry) -> Role | None:
    """With which role they were admitted, whatever stands in their row; None where no reader wrote
    the entry, as far as can be told without the team's private half."""
    if entry.role not in set(Role):
        return None
    then = replace(entry, member=replace(entry.member, role=Role(entry.role)))
    try:
        _tag(tx, then)
    except SealBroken:
        return None
    return then.member.role


def tag(team: Pair, generation: int, member: Known) -> bytes:
    """What only who has the team's private half can make."""
    key = blake2b(team.private, digest_size=32, person=b"utvag roster tag").digest()
    return blake2b(parts(_bound(generation, member)), key=key, digest_size=32).digest()


def _bound(generation: int, member: Known) -> tuple[object, ...]:
    public = member.public.hex() if member.public else ""
    whose = (member.member_id, member.key_generation, public, member.role.value)
    return ("roster", generation, *whose)


def _tag(tx: Tx, entry: Entry) -> bytes:
    return tx.keys.open_bytes("text", entry.tag_sealed, *_bound(entry.generation, entry.member))


async def admit(tx: Tx, team: Key, member: Known, by: UUID, now: datetime) -> None:
    """Seal the team's private half to them, in the place of what there was.

    `member` must be one who may be admitted.
    """
    row = _row(tx, team, member, by, now)
    found = upsert(tx, roster).values(**row)
    rest = {name: value for name, value in row.items() if name not in {"generation", "member_id"}}
    await tx.conn.execute(
        found.on_conflict_do_update(index_elements=["generation", "member_id"], set_=rest)
    )


def _row(tx: Tx, team: Key, member: Known, by: UUID, now: datetime) -> dict[str, object]:
    if member.public is None:
        raise ValueError("there is no pair to seal to")
    generation, bound = team.generation, _bound(team.generation, member)
    place = _place(generation, member.member_id)
    return {
        "generation": generation,
        "member_id": member.member_id,
        "member_generation": member.key_generation,
        "role": member.role.value,
        "sealed": seal_to(member.public, team.pair.private, *place),
        "tag_sealed": tx.keys.seal_bytes("text", tag(team.pair, generation, member), *bound),
        "admitted_at": now,
        "admitted_by": by,
    }


async def carry_over(tx: Tx, team: Key, those: list[Entry]) -> None:
    """Seal a new team's private half to those of the one before; its own entries go."""
    rows = [_row(tx, team, e.member, e.admitted_by, e.admitted_at) for e in those]
    await tx.conn.execute(delete(roster).where(R.generation < team.generation))
    await insert(tx, roster, rows)
