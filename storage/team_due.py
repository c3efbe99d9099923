"""Must the team's pair be replaced, and is one who was replaced done with?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from storage.database import Tx
from storage.moments import Moment
from storage.tables import members
from storage.team_tables import roster, teams

M, R, T = members.c, roster.c, teams.c

LATE = timedelta(seconds=60)
"""As long as nothing is that began before a team was replaced: what it sealed to the old one is
sealed to the new one then."""

_GONE = (
    select(func.min(M.revoked_at, type_=Moment()))
    .join_from(roster, members, M.id == R.member_id)
    .where(M.revoked_at.is_not(None))
    .scalar_subquery()
)
_UNSETTLED = select(T.made_at).where(T.settled_at.is_(None)).order_by(T.generation.desc()).limit(1)
_ASK = select(_GONE, _UNSETTLED.scalar_subquery())


@dataclass(frozen=True)
class Due:
    """What a reader's next request sees to."""

    since: datetime | None
    """Since when somebody who was admitted works here no more; None: nobody."""
    late_from: datetime | None
    """From when on it is looked once more what was sealed to the team before; None: it was."""

    def asks(self, now: datetime) -> bool:
        """Whether there is something to do now."""
        return self.since is not None or (self.late_from is not None and self.late_from <= now)


async def due(tx: Tx) -> Due:
    """Asked with every request of a reader."""
    since, made_at = (await tx.conn.execute(_ASK)).one()
    return Due(since, made_at + LATE if made_at else None)


async def settle(tx: Tx, now: datetime) -> None:
    """Nothing is sealed to a team before the newest any more."""
    await tx.conn.execute(update(teams).where(T.settled_at.is_(None)).values(settled_at=now))
