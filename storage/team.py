"""The team's key pairs: the newest seals, and whoever was admitted opens it and those before it.

A public half lies under the server's key, so that a row which somebody wrote into the database is
passed over. The private half lies sealed with each member who was admitted (`storage.admitted`) and
with the recovery sheet; the one before it lies sealed to the next.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select

from storage import admitted, given_roles
from storage.admitted import Key
from storage.database import Tx
from storage.encryption import SealBroken
from storage.pairs import Pair, new_pair, open_with, pair_of, seal_to
from storage.reading import MemberKey
from storage.rows import insert_new
from storage.team_tables import teams

T = teams.c


@dataclass(frozen=True)
class Team:
    """One generation as the database has it."""

    generation: int
    public: bytes
    earlier_sealed: bytes | None
    made_at: datetime
    made_by: UUID


_TEAMS = select(T.generation, T.public_sealed, T.earlier_sealed, T.made_at, T.made_by)
_FROM_THE_NEWEST = _TEAMS.order_by(T.generation.desc())
_NEWEST = select(T.generation, T.public_sealed).order_by(T.generation.desc()).limit(1)
"""Built once: it is asked whenever a contact gets a pair."""


_LOCK = 0x75747665
"""Not the audit's: that one is taken last of all, and this one first."""


async def hold(tx: Tx) -> None:
    """Who changes the roster, the sheets or the team does so one after the other; asked first."""
    if tx.postgres:
        await tx.conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def public_key(tx: Tx) -> tuple[int, bytes] | None:
    """The newest team's generation and public half; None while there is no team."""
    row = (await tx.conn.execute(_NEWEST)).one_or_none()
    if row is None:
        return None
    try:
        return row.generation, _public(tx, row.generation, row.public_sealed)
    except SealBroken:
        newest = await current(tx)
        return (newest.generation, newest.public) if newest else None


async def current(tx: Tx) -> Team | None:
    """The newest team that is ours, or None."""
    return next(iter(await every(tx)), None)


async def every(tx: Tx) -> list[Team]:
    """All that are ours, the newest first."""
    return [team for row in await _rows(tx) if (team := _read(tx, row)) is not None]


async def any_replaced_since(tx: Tx, since: datetime) -> bool:
    """Whether one took another's place since then, or what was sealed meanwhile to that one was."""
    later = T.made_at >= since, T.settled_at.is_(None), T.settled_at >= since
    query = select(T.generation).where(T.generation > 1, or_(*later)).limit(1)
    return (await tx.conn.execute(query)).first() is not None


async def not_ours(tx: Tx) -> list[int]:
    """The generations that somebody else wrote into the database."""
    return [row.generation for row in await _rows(tx) if _read(tx, row) is None]


async def _rows(tx: Tx) -> Sequence[Row[Any, Any, Any, Any, Any]]:
    return (await tx.conn.execute(_FROM_THE_NEWEST)).all()


def _read(tx: Tx, row: Any) -> Team | None:
    try:
        public = _public(tx, row.generation, row.public_sealed)
    except SealBroken:
        return None
    return Team(row.generation, public, row.earlier_sealed, row.made_at, row.made_by)


def _public(tx: Tx, generation: int, sealed: bytes) -> bytes:
    return tx.keys.open_bytes("text", sealed, "teams", generation, "public")


class Opened(Mapping[int, Pair]):
    """The team's pairs by generation: the newest one, and through it those before, when asked."""

    def __init__(self, pair: Pair, known: Sequence[Team]) -> None:
        """`pair` is that of the first of `known`, which are in order from the newest."""
        self._pairs = {known[0].generation: pair}
        self._known = {team.generation: team for team in known}
        self._within = _within(known)

    def __repr__(self) -> str:
        return f"Opened({self._within})"

    def __getitem__(self, generation: int) -> Pair:
        """Raises KeyError for one that this one does not open."""
        if generation not in self._within:
            raise KeyError(generation)
        found = self._pairs.get(generation)
        if found is None:
            later = self._within[self._within.index(generation) - 1]
            found = self._earlier(later, generation)
            self._pairs[generation] = found
        return found

    def _earlier(self, later: int, generation: int) -> Pair:
        sealed, public = self._known[later].earlier_sealed, self._known[generation].public
        try:
            return _proved(open_with(self[later], sealed or b"", "teams", later), public)
        except SealBroken as error:
            raise KeyError(generation) from error

    def __iter__(self) -> Iterator[int]:
        return iter(self._within)

    def __len__(self) -> int:
        return len(self._within)


def _within(known: Sequence[Team]) -> list[int]:
    """From the newest down to the one that was begun anew."""
    found: list[int] = []
    for team in known:
        found.append(team.generation)
        if team.earlier_sealed is None:
            break
    return found


def _proved(private: bytes, public: bytes) -> Pair:
    """The pair, which must be the team's. Raises SealBroken."""
    pair = pair_of(private)
    if pair.public != public:
        raise SealBroken
    return pair


async def opened_by(tx: Tx, member_key: MemberKey) -> Mapping[int, Pair]:
    """The team's pairs by generation, as far as this member was admitted; empty until then."""
    known = await every(tx)
    entry = await admitted.of_member(tx, member_key.member_id) if known else None
    if entry is None or entry.generation != known[0].generation:
        return {}
    try:
        pair = _proved(admitted.opened(member_key, entry), known[0].public)
    except SealBroken:
        return {}
    return Opened(pair, known) if admitted.is_valid(tx, pair, entry) else {}


async def make(tx: Tx, member_key: MemberKey, now: datetime) -> bool:
    """The first team, made by the first member who reads; False when there is one already.

    Two at once: one of them makes it, the other waits to be admitted.
    """
    return await begin(tx, 1, member_key, now)


async def begin(tx: Tx, generation: int, member_key: MemberKey, now: datetime) -> bool:
    """A team that knows none before it, with this member alone; False when it is taken."""
    member = await admitted.known(tx, member_key.member_id)
    if member is None or not member.may_be_admitted or member.public != member_key.pair.public:
        return False
    given = await given_roles.of_member(tx, member.member_id)
    if given is None or not given.is_as_written:
        return False
    pair = new_pair()
    if not await add(tx, generation, pair, None, member.member_id, now):
        return False
    await admitted.carry_over(tx, Key(generation, pair), [])
    await admitted.admit(tx, Key(generation, pair), member, member.member_id, now)
    return True


async def add(
    tx: Tx, generation: int, pair: Pair, earlier: Pair | None, by: UUID, now: datetime
) -> bool:
    """The next generation, to which the one before it is sealed; False when it is taken."""
    place = ("teams", generation)
    row = {
        "generation": generation,
        "public_sealed": tx.keys.seal_bytes("text", pair.public, *place, "public"),
        "earlier_sealed": seal_to(pair.public, earlier.private, *place) if earlier else None,
        "made_at": now,
        "made_by": by,
        "settled_at": None if earlier else now,
    }
    return bool(await insert_new(tx, teams, [row], "generation"))
