"""Who answers on a line without a rota, and whose role reads though they cannot? By the role that
counts (`storage.given_roles`), whatever stands in the row."""

from datetime import datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, or_, select

from domain.member import READERS, Role
from storage import audit, given_roles, tables
from storage.database import Tx
from storage.members import Entry
from storage.moments import Moment
from storage.team_tables import roster, teams

M, A = tables.members.c, audit.T.c

_WORKS = M.revoked_at.is_(None)
_ADMITTED = exists().where(roster.c.member_id == M.id)
_NO_TEAM = ~exists(select(teams.c.generation))


def _there(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Also those yet to join (contract.md); once there is a team, those who were admitted to it:
    nobody else can read what is written. Whose role reads is asked of what comes of it."""
    there = or_(M.joined_at.is_not(None), M.invitation_ends_at > now)
    return _WORKS & or_(_ADMITTED, there & _NO_TEAM)


async def on_call(tx: Tx, now: datetime) -> list[Entry]:
    """Everybody who reads, in the order of their invitations."""
    rows = (await tx.conn.execute(_THERE, {"now": now})).all()
    return [one.counted for one in await given_roles.of_rows(tx, rows) if one.role in READERS]


async def anybody_on_call(tx: Tx, now: datetime) -> bool:
    """Whether somebody is. It is asked with every text: where one of the first was given a role
    that reads, by one statement and one keyed hash."""
    rows = (await tx.conn.execute(_ANYBODY, {"now": now})).all()
    each = [list(theirs) for _, theirs in groupby(rows, key=attrgetter("id"))]
    known = []
    for theirs in each:
        said = given_roles.in_log(tx, theirs)
        if said is not None and Role(said.detail) in READERS:
            return True
        known.append(said is not None)
    if all(known) and len(rows) < _FEW:
        return False
    return bool(await on_call(tx, now))


async def sealed_out(tx: Tx) -> set[UUID]:
    """Whose role reads, and who was not admitted to the team; nobody while there is none."""
    rows = (await tx.conn.execute(_SEALED_OUT)).all()
    return {one.entry.id for one in await given_roles.of_rows(tx, rows) if one.role in READERS}


_FEW = 6
_NOW = bindparam("now", type_=Moment)
_THERE = given_roles.ENTRIES.where(_there(_NOW))
_SEALED_OUT = given_roles.ENTRIES.where(_WORKS, ~_ADMITTED, ~_NO_TEAM)
_ANYBODY = (
    select(M.id, audit.T)
    .outerjoin_from(tables.members, audit.T, (A.object_id == M.id) & A.act.in_(given_roles.GIVE))
    .where(_there(_NOW))
    .order_by(M.id, A.number.desc())
    .limit(_FEW)
)
"""Built once: they are asked with every look at the queue and with every text."""
