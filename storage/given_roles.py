"""Which role was somebody given? What the log says counts, not what stands in their row.

A role is given at the command line, and the entry that is chained with the deed nobody makes who
only writes into the database. Of those who were there before the log was kept, the roster knows the
role that a reader admitted, bound by a tag; of the others among them the row has to be believed.
Whoever joined while the log was kept is none of them: joining is an entry, too.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.access import Role, acts_of
from domain.member import Member
from domain.noted import Noted
from storage import admitted, audit, members
from storage.database import Tx
from storage.ids import moment_of
from storage.members import Entry

A, M = audit.T.c, members.T.c

GIVE = (Noted.INVITED, Noted.ROLE)
"""The entries that give one; the last counts."""

_ABOUT = (*GIVE, Noted.JOINED, Noted.ROLE_BELIEVED)

_ROLES = frozenset(Role)

LEAST = min(Role, key=lambda role: len(acts_of(role)))
"""Of somebody of whom nothing says what they were given."""


class By(Enum):
    """What says which role counts."""

    LOG = "log"
    ROSTER = "roster"
    ROW = "row"
    """They were here before the log was, and nothing but their row says it."""
    NOTHING = "nothing"


@dataclass(frozen=True)
class Given:
    """A member, and the role that counts."""

    entry: Entry
    role: Role
    by: By
    number: int = 0
    """Of the entry by which it counts; 0 where it is none, or the log's first."""

    @property
    def believed(self) -> bool:
        """Whether somebody who writes into the database could have made it so."""
        return self.by is By.ROW

    @property
    def is_unsaid(self) -> bool:
        """Another role stands in their row than a reporter's, and nothing says that they were given
        it: they were invited before the log was kept and joined later, or its entry is gone."""
        return self.by is By.NOTHING and not self.is_as_written

    @property
    def member(self) -> Member:
        """Who they are to every use case."""
        return Member(self.entry.id, self.entry.name, self.role)

    @property
    def counted(self) -> Entry:
        """Their entry as if the role that counts stood in the row."""
        return self.entry if self.is_as_written else replace(self.entry, role=self.role)

    @property
    def is_as_written(self) -> bool:
        """False: somebody wrote another into their row."""
        return self.role is self.entry.role


ENTRIES = (
    select(members.T, audit.T)
    .outerjoin_from(members.T, audit.T, (A.object_id == M.id) & A.act.in_(_ABOUT))
    .order_by(M.id, A.number.desc())
)
"""Whoever it is with what the log has of their role, in one statement: asked with every request."""


async def of_member(tx: Tx, member_id: UUID) -> Given | None:
    """None where there is no such member."""
    found = await of_rows(tx, (await tx.conn.execute(ENTRIES.where(M.id == member_id))).all())
    return found[0] if found else None


async def every(tx: Tx) -> list[Given]:
    """Of all members, in the order of their invitations."""
    return await of_rows(tx, (await tx.conn.execute(ENTRIES)).all())


async def of_these(tx: Tx, member_ids: Collection[UUID]) -> dict[UUID, Role]:
    """The role that counts of each of them."""
    rows = (await tx.conn.execute(ENTRIES.where(M.id.in_(member_ids)))).all()
    return {one.entry.id: one.role for one in await of_rows(tx, rows)}


async def of_rows(tx: Tx, rows: Sequence[Any]) -> list[Given]:
    """Of rows of `ENTRIES`, in their order."""
    beside = _Beside(tx)
    each = groupby(rows, key=attrgetter("id"))
    return [await _given(tx, list(theirs), beside) for _, theirs in each]


async def staff(tx: Tx) -> list[Entry]:
    """All members as `storage.members.every` has them, in the role that counts: for whatever picks
    people by their role."""
    return [one.counted for one in await every(tx)]


async def counted(tx: Tx, member_id: UUID) -> Entry | None:
    """One member in the role that counts, or None."""
    found = await of_member(tx, member_id)
    return found.counted if found else None


async def at(tx: Tx, moments: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], Role]:
    """By member and entry of the log: the role that they had been given when it was written. Where
    what gave it went by rule it is the one that counts now."""
    if not moments:
        return {}
    query = ENTRIES.where(M.id.in_({who for who, _ in moments}))
    rows = (await tx.conn.execute(query)).all()
    now = {one.entry.id: one.role for one in await of_rows(tx, rows)}
    found = {}
    for who, number in moments:
        before = (r for r in rows if r.id == who and r.number is not None and r.number < number)
        said = in_log(tx, before)
        if said is not None or who in now:
            found[who, number] = Role(said.detail) if said else now[who]
    return found


async def otherwise_written(tx: Tx) -> list[Given]:
    """Those who work here and in whose row another role stands."""
    there = (one for one in await every(tx) if one.entry.revoked_at is None)
    return [one for one in there if not one.is_as_written]


async def not_as_written(tx: Tx) -> set[UUID]:
    """The same, by their ids."""
    return {one.entry.id for one in await otherwise_written(tx)}


async def _given(tx: Tx, rows: Sequence[Any], beside: "_Beside") -> Given:
    entry = members.read(tx, rows[0])
    if said := in_log(tx, rows):
        return Given(entry, Role(said.detail), By.LOG, said.number)
    found = [audit.entry_of(row) for row in rows if row.number is not None]
    return await _otherwise(tx, entry, found, beside)


def in_log(tx: Tx, rows: Iterable[Any]) -> audit.Entry | None:
    """The last true entry that gave them a role; of the rows of one member, the newest first."""
    gave = (row for row in rows if row.act in GIVE and row.detail in _ROLES)
    return _newest(tx, (audit.entry_of(row) for row in gave))


def _newest(tx: Tx, those: Iterable[audit.Entry]) -> audit.Entry | None:
    """The first of them that the line wrote."""
    return next((one for one in those if audit.is_genuine(tx, one)), None)


@dataclass
class _Beside:
    """What is asked besides where the log does not say it: once, of however many."""

    tx: Tx
    _on_roster: dict[UUID, admitted.Entry] | None = None
    _began: tuple[int, datetime | None] | None = None

    async def on_roster(self, member_id: UUID) -> admitted.Entry | None:
        """Their entry in the newest roster."""
        if self._on_roster is None:
            self._on_roster = await admitted.newest(self.tx)
        return self._on_roster.get(member_id)

    async def log_began(self) -> tuple[int, datetime | None]:
        """After which entry the log begins, and when its first was written; None once that was cut.
        What was cut may have been copied before, and written back: it says nothing."""
        if self._began is None:
            begin = (await audit.begins(self.tx)).number
            first = [] if begin else await audit.some(self.tx, 0, 1)
            true = first and first[0].number == 1 and audit.is_genuine(self.tx, first[0])
            self._began = begin, first[0].at if true else None
        return self._began


async def _otherwise(tx: Tx, entry: Entry, found: Sequence[audit.Entry], beside: _Beside) -> Given:
    """Where the log does not say it."""
    on_roster = await beside.on_roster(entry.id)
    if on_roster and (role := admitted.role_in_tag(tx, on_roster)):
        return Given(entry, role, By.ROSTER)
    if _newest(tx, (one for one in found if one.act == Noted.JOINED)):
        return Given(entry, LEAST, By.NOTHING)
    begin, began_at = await beside.log_began()
    says_so = (e for e in found if e.act == Noted.ROLE_BELIEVED and e.number > begin)
    if known := _newest(tx, says_so):
        return Given(entry, entry.role, By.ROW, known.number)
    if began_at is not None and moment_of(entry.id) < began_at:
        return Given(entry, entry.role, By.ROW)
    return Given(entry, LEAST, By.NOTHING)


async def only_until(tx: Tx, number: int) -> list[Given]:
    """Those who work here and of whose role nothing after this entry would say anything. Nobody of
    whom nothing says it now: nothing is to say it then.

    Nothing is noted between this and the commit.
    """
    await audit.hold(tx)
    begin = (await audit.begins(tx)).number
    there = [one for one in await every(tx) if one.entry.revoked_at is None]
    known = [one for one in there if one.by is not By.NOTHING]
    return [one for one in known if one.number == 0 or begin < one.number <= number]


def say_again(tx: Tx, those: Iterable[Given], now: datetime) -> None:
    """They keep what they were given, although its entry went with the oldest of the log. Of who is
    only believed it is said that they were here before it, and not in which role."""
    for one in those:
        if one.believed:
            audit.note(tx, Noted.ROLE_BELIEVED, now, object_id=one.entry.id)
        else:
            audit.note(tx, Noted.ROLE, now, object_id=one.entry.id, detail=one.role)
