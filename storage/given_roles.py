"""Which role was somebody given? What the log says counts, not what stands in their row.

A role is given at the command line, and the entry that is chained with the deed nobody makes who
only writes into the database. Of those who were there before the log was kept, the roster knows the
role that a reader admitted, bound by a tag; of the others among them the row has to be believed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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

LEAST = min(Role, key=lambda role: len(acts_of(role)))
"""Of somebody of whom nothing says what they were given."""


@dataclass(frozen=True)
class Given:
    """A member, and the role that counts."""

    entry: Entry
    role: Role
    believed: bool = False
    """They were here before the log was, and nothing but their row says it."""

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
    .outerjoin_from(members.T, audit.T, (A.object_id == M.id) & A.act.in_(GIVE))
    .order_by(M.id, A.number.desc())
)
"""Whoever it is with all that gave them a role, in one statement: asked with every request."""


async def of_member(tx: Tx, member_id: UUID) -> Given | None:
    """None where there is no such member."""
    rows = (await tx.conn.execute(_ENTRIES.where(M.id == member_id))).all()
    return await _given(tx, rows) if rows else None


async def every(tx: Tx) -> list[Given]:
    """Of all members, in the order of their invitations."""
    rows = (await tx.conn.execute(_ENTRIES)).all()
    return [await _given(tx, list(theirs)) for _, theirs in groupby(rows, key=attrgetter("id"))]


async def not_as_written(tx: Tx) -> set[UUID]:
    """Those who work here and in whose row somebody wrote another role."""
    there = (one for one in await every(tx) if one.entry.revoked_at is None)
    return {one.entry.id for one in there if not one.is_as_written}


async def _given(tx: Tx, rows: Sequence[Any]) -> Given:
    entry = members.read(tx, rows[0])
    said = _said(tx, (row for row in rows if row.number is not None))
    return Given(entry, said) if said else await _otherwise(tx, entry)


def _said(tx: Tx, rows: Iterable[Any]) -> Role | None:
    """By the first of these entries that the line wrote."""
    for row in rows:
        if audit.is_genuine(tx, one := audit.entry_of(row)) and one.detail in set(Role):
            return Role(one.detail)
    return None


async def _otherwise(tx: Tx, entry: Entry) -> Given:
    """Where the log does not say it."""
    on_roster = await admitted.of_member(tx, entry.id)
    found = admitted.role_in_tag(tx, on_roster) if on_roster else None
    if found is None and await _was_here_before_the_log(tx, entry.id):
        return Given(entry, entry.role, believed=True)
    return Given(entry, found or LEAST)


async def _was_here_before_the_log(tx: Tx, member_id: UUID) -> bool:
    """Whoever came later has an entry, and so has everybody once the log was cut."""
    first = await audit.some(tx, 0, 1)
    if not first or first[0].number != 1 or not audit.is_genuine(tx, first[0]):
        return False
    return moment_of(member_id) < first[0].at


async def only_until(tx: Tx, number: int) -> dict[UUID, Role]:
    """By member who works here: what no entry after this one says."""
    later = await tx.conn.execute(select(audit.T).where(A.act.in_(GIVE), A.number > number))
    known = {row.object_id for row in later if _said(tx, [row])}
    there = [one for one in await every(tx) if one.entry.revoked_at is None]
    return {one.entry.id: one.role for one in there if one.entry.id not in known}


def say_again(tx: Tx, roles: Mapping[UUID, Role], now: datetime) -> None:
    """They keep what they were given, although its entry went with the oldest of the log."""
    for member_id, role in roles.items():
        audit.note(tx, Noted.ROLE, now, object_id=member_id, detail=role)
