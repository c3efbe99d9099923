"""Who read what on one day: by member, the conversations that they opened, how often and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from domain.access import Act
from domain.member import Member
from domain.noted import UNDER, Heading, Noted
from handlers.desk import must
from handlers.house import House
from handlers.naming import name
from handlers.see_audit import closed_to, midnight
from storage import audit_looked, members
from storage.audit import Entry
from storage.audit_looked import Wanted

MOST = 20_000
"""Entries of a day that are counted."""


@dataclass(frozen=True)
class Read:
    """One conversation that somebody opened that day."""

    id: UUID
    alias: str
    count: int
    first_at: datetime
    last_at: datetime
    why: tuple[str, ...]
    """How it stood to them, and the reason that they gave, each once, in the order of the day."""


@dataclass(frozen=True)
class Reader:
    """One member's day."""

    id: UUID
    name: str
    read: tuple[Read, ...]
    searches: int

    @property
    def count(self) -> int:
        """How often they opened any."""
        return sum(one.count for one in self.read)


@dataclass(frozen=True)
class Day:
    """All of them."""

    day: date
    readers: tuple[Reader, ...]
    whole: bool


async def see_readers(house: House, member: Member, day: date) -> Day:
    """Whoever opened most comes first; what the reader must stay away from is not listed. Raises
    OnlyCoordinators or NotAllowed."""
    must(member, Act.AUDIT)
    since, until = midnight(day, house.zone), midnight(day + timedelta(days=1), house.zone)
    wanted = Wanted(acts=UNDER[Heading.READ], since=since, until=until)
    async with house.db.read() as tx:
        wanted = replace(wanted, without=await closed_to(tx, member))
        found = await audit_looked.between(tx, wanted, MOST + 1)
    about = {one.object_id for one in found if one.act == Noted.OPENED and one.object_id}
    await name(house, about)
    async with house.db.read() as tx:
        names = await members.names(tx)
        called = await audit_looked.called(tx, about)
    aliases = {talk: str(alias) for talk, alias in called.items()}
    by_member = attrgetter("member_id")
    theirs = [one for one in found[:MOST] if one.member_id]
    readers = [
        _reader(who, names.get(who, "?"), list(some), aliases)
        for who, some in groupby(sorted(theirs, key=by_member), key=by_member)
    ]
    ordered = sorted(readers, key=lambda one: (-one.count, one.name.casefold()))
    return Day(day, tuple(ordered), len(found) <= MOST)


def _reader(who: UUID, called: str, theirs: Sequence[Entry], aliases: Mapping[UUID, str]) -> Reader:
    opened: dict[UUID, list[Entry]] = {}
    for one in theirs:
        if one.act == Noted.OPENED and one.object_id:
            opened.setdefault(one.object_id, []).append(one)
    read = tuple(
        Read(
            talk,
            aliases.get(talk, "?"),
            len(some),
            some[0].at,
            some[-1].at,
            tuple(dict.fromkeys(one.detail for one in some)),
        )
        for talk, some in opened.items()
    )
    return Reader(who, called, read, sum(one.act == Noted.SEARCHED for one in theirs))
