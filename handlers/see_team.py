"""Who reads what is sealed to the team, who waits to, and what happened to its keys?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import Act
from domain.member import READERS, Member, Role
from domain.six_words import six_words
from handlers.desk import must
from handlers.house import House
from handlers.own_place import OwnPlace, Place, own_place
from storage import admitted, given_roles, members, sheets, team, team_due, team_news
from storage.admitted import Entry, Key, Known
from storage.database import Tx
from storage.given_roles import Given
from storage.sheets import Sheet

MOST_NEWS = 20
FRESH = timedelta(days=30)
"""Older news is told to nobody who has not seen it: they were not here."""


@dataclass(frozen=True)
class Reads:
    """Somebody on the roster."""

    id: UUID
    name: str
    role: Role
    since: datetime
    by: str
    valid: bool
    """False: a reader did not write it so; nothing is sealed to it."""
    mine: bool


@dataclass(frozen=True)
class Waits:
    """Somebody whose role reads and who was not admitted."""

    id: UUID
    name: str
    role: Role
    words: tuple[str, ...]
    """To compare with them; empty before they have signed in, or to one who does not read."""
    forged: bool
    """Somebody wrote this role into their row: nobody lets them in."""
    unsaid: bool
    """So it seems, and nothing says which they were given."""


@dataclass(frozen=True)
class SeenSheet:
    """The recovery sheet that holds, or the last one."""

    made_at: datetime
    by: str
    confirmed: bool
    used_at: datetime | None
    used_by: str


@dataclass(frozen=True)
class Happened:
    """One of the news."""

    id: UUID
    kind: str
    name: str
    by: str
    at: datetime


@dataclass(frozen=True)
class TeamPage:
    """All that the page shows."""

    own: OwnPlace
    readers: tuple[Reads, ...]
    waiting: tuple[Waits, ...]
    sheet: SeenSheet | None
    due_since: datetime | None
    forged: int
    """Teams that somebody else wrote into the database."""
    news: tuple[Happened, ...]
    lost: bool
    """Nobody is left who could admit anybody."""

    @property
    def reads(self) -> bool:
        """Whether the reader holds the team's key."""
        return self.own.place is Place.READS

    @property
    def sheet_holds(self) -> bool:
        """Whether there is a sheet that can be used and is on paper."""
        return self.sheet is not None and self.sheet.confirmed and self.sheet.used_at is None


async def see_team(house: House, member: Member) -> TeamPage:
    """Raises NotAllowed for roles that do not read."""
    must(member, Act.TEAM)
    async with house.db.read() as tx:
        own = await own_place(tx, member)
        names = await members.names(tx)
        now = await team.current(tx)
        key = await _key(tx)
        entries = await admitted.entries(tx, now.generation) if now else []
        readers = tuple(_reads(tx, e, key, names, member) for e in entries)
        there = {one.id for one in readers if one.valid}
        everybody = await admitted.everybody(tx)
        otherwise = {one.entry.id: one for one in await given_roles.otherwise_written(tx)}
        return TeamPage(
            own=own,
            readers=readers,
            waiting=tuple(
                _waits(k, key, names, otherwise.get(k.member_id))
                for k in everybody
                if now and _waiting(k, there)
            ),
            sheet=_sheet(await sheets.every(tx), names),
            due_since=(await team_due.due(tx)).since,
            forged=len(await team.not_ours(tx)),
            news=happened(await team_news.latest(tx, MOST_NEWS), names),
            lost=now is not None and not there,
        )


async def _key(tx: Tx) -> Key | None:
    opened = await team.opened_by(tx, tx.reader.member) if tx.reader else {}
    return Key(max(opened), opened[max(opened)]) if opened else None


def _reads(tx: Tx, entry: Entry, key: Key | None, names: dict[UUID, str], member: Member) -> Reads:
    valid = admitted.is_valid(tx, key.pair, entry) if key else admitted.stands(tx, entry)
    known = entry.member
    name, by = names.get(known.member_id, ""), names.get(entry.admitted_by, "")
    mine = known.member_id == member.id
    return Reads(known.member_id, name, known.role, entry.admitted_at, by, valid, mine)


def _waiting(known: Known, there: set[UUID]) -> bool:
    may = known.role in READERS and known.joined_at and not known.revoked_at
    return bool(may) and known.member_id not in there


def _waits(known: Known, key: Key | None, names: dict[UUID, str], other: Given | None) -> Waits:
    """`other`: what they were given, where another role stands in their row."""
    said: tuple[str, ...] = ()
    if key and known.public and other is None:
        said = six_words(key.pair.public, known.public, key.generation)
    name, unsaid = names.get(known.member_id, ""), other is not None and other.is_unsaid
    return Waits(known.member_id, name, known.role, said, other is not None, unsaid)


def _sheet(every: list[Sheet], names: dict[UUID, str]) -> SeenSheet | None:
    confirmed = [s for s in every if s.confirmed_at and not s.replaced_at]
    found = next(iter(confirmed), None)
    if found is None:
        return None
    by = names.get(found.used_by, "") if found.used_by else ""
    made_by = names.get(found.made_by, "")
    return SeenSheet(found.made_at, made_by, True, found.used_at, by)


def happened(found: list[team_news.News], names: dict[UUID, str]) -> tuple[Happened, ...]:
    """With names."""
    return tuple(
        Happened(n.id, n.kind, names.get(n.member_id, ""), names.get(n.by_id, ""), n.at)
        for n in found
    )
