"""Which role was somebody given? What the log says counts, not what stands in their row.

A role is given at the command line, and the entry that is chained with the deed nobody makes who
only writes into the database. Of those who were there before the log was kept, the roster knows the
role that a reader admitted, bound by a tag; of the others among them the row has to be believed.
Whoever joined while the log was kept is none of them: joining is an entry, too.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

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
    def member(self) -> Member:
        """Who they are to every use case."""
        return Member(self.entry.id, self.entry.name, self.role)

    @property
    def is_as_written(self) -> bool:
        """False: somebody wrote another into their row."""
        return self.role is self.entry.role


_ENTRIES = (
    select(members.T, audit.T)
    .outerjoin_from(members.T, audit.T, (A.object_id == M.id) & A.act.in_(_ABOUT))
    .order_by(M.id, A.number.desc())
)
"""Whoever it is with what the log has of their role, in one statement: asked with every request."""


async def of_member(tx: Tx, member_id: UUID) -> Given | None:
    """None where there is no such member."""
    rows = (await tx.conn.execute(_ENTRIES.where(M.id == member_id))).all()
    return await _given(tx, rows) if rows else None


async def every(tx: Tx) -> list[Given]:
    """Of all members, in the order of their invitations."""
    return await _of(tx, _ENTRIES)


async def of_these(tx: Tx, member_ids: Collection[UUID]) -> dict[UUID, Role]:
    """The role that counts of each of them."""
    found = await _of(tx, _ENTRIES.where(M.id.in_(member_ids)))
    return {one.entry.id: one.role for one in found}


async def _of(tx: Tx, query: Select[Any]) -> list[Given]:
    rows = (await tx.conn.execute(query)).all()
    return [await _given(tx, list(theirs)) for _, theirs in groupby(rows, key=attrgetter("id"))]


async def not_as_written(tx: Tx) -> set[UUID]:
    """Those who work here and in whose row somebody wrote another role."""
    there = (one for one in await every(tx) if one.entry.revoked_at is None)
    return {one.entry.id for one in there if not one.is_as_written}


async def _given(tx: Tx, rows: Sequence[Any]) -> Given:
    entry = members.read(tx, rows[0])
    found = [audit.entry_of(row) for row in rows if row.number is not None]
    gave = (one for one in found if one.act in GIVE and one.detail in set(Role))
    if said := _newest(tx, gave):
        return Given(entry, Role(said.detail), By.LOG, said.number)
    return await _otherwise(tx, entry, found)


def _newest(tx: Tx, those: Iterable[audit.Entry]) -> audit.Entry | None:
    """The first of them that the line wrote."""
    return next((one for one in those if audit.is_genuine(tx, one)), None)


async def _otherwise(tx: Tx, entry: Entry, found: Sequence[audit.Entry]) -> Given:
    """Where the log does not say it."""
    on_roster = await admitted.of_member(tx, entry.id)
    if on_roster and (role := admitted.role_in_tag(tx, on_roster)):
        return Given(entry, role, By.ROSTER)
    if _newest(tx, (one for one in found if one.act == Noted.JOINED)):
        return Given(entry, LEAST, By.NOTHING)
    begin = (await audit.begins(tx)).number
    says_so = (e for e in found if e.act == Noted.ROLE_BELIEVED and e.number > begin)
    if known := _newest(tx, says_so):
        return Given(entry, entry.role, By.ROW, known.number)
    if not begin and await _was_here_before_the_log(tx, entry.id):
        return Given(entry, entry.role, By.ROW)
    return Given(entry, LEAST, By.NOTHING)


async def _was_here_before_the_log(tx: Tx, member_id: UUID) -> bool:
    """By the log's first entry; once that was cut an entry of their own says so. What was cut may
    have been copied before, and written back: it says nothing."""
    first = await audit.some(tx, 0, 1)
    if not first or first[0].number != 1 or not audit.is_genuine(tx, first[0]):
        return False
    return moment_of(member_id) < first[0].at


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
