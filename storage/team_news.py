"""What every reader is told of the team, once each."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from storage import audit
from storage.database import Tx
from storage.ids import new_id
from storage.rows import insert, upsert
from storage.team_tables import team_news, team_news_noted

N = team_news.c

MADE, ADMITTED, SHEET_MADE, SHEET_USED, ROTATED, ANEW, DEVICE_LOST = (
    "made",
    "admitted",
    "sheet_made",
    "sheet_used",
    "rotated",
    "anew",
    "device_lost",
)
"""What can happen."""


@dataclass(frozen=True)
class News:
    """One thing that happened to the team."""

    id: UUID
    kind: str
    member_id: UUID
    """Whom it is about."""
    by_id: UUID
    at: datetime


async def tell(tx: Tx, kind: str, member_id: UUID, by_id: UUID, now: datetime) -> None:
    """Every reader is told; whoever did it has noted it. It stands in the log of what staff do."""
    row = {"kind": kind, "member_id": member_id, "by_id": by_id, "at": now}
    await insert(tx, team_news, [{"id": new_id(now), **row}])
    audit.note(tx, "keys", now, by_id, member_id, kind)


async def latest(tx: Tx, most: int) -> list[News]:
    """The last things that happened, the newest first."""
    return await _found(tx, N.id.is_not(None), most)


async def unnoted(tx: Tx, member_id: UUID, since: datetime, most: int) -> list[News]:
    """What this member has not noted, of what others did since then; the newest first."""
    noted = select(team_news_noted.c.news_id).where(team_news_noted.c.member_id == member_id)
    last = (await tx.conn.execute(noted)).scalar_one_or_none()
    new = (N.by_id != member_id) & (N.at >= since)
    return await _found(tx, new & (N.id > last) if last else new, most)


async def _found(tx: Tx, condition: ColumnElement[bool], most: int) -> list[News]:
    query = select(N.id, N.kind, N.member_id, N.by_id, N.at).where(condition)
    rows = await tx.conn.execute(query.order_by(N.id.desc()).limit(most))
    return [News(*row) for row in rows]


async def note(tx: Tx, member_id: UUID, news_id: UUID) -> None:
    """They have seen it and all before it; an older page that says so later changes nothing."""
    statement = upsert(tx, team_news_noted).values(member_id=member_id, news_id=news_id)
    await tx.conn.execute(
        statement.on_conflict_do_update(
            index_elements=["member_id"],
            set_={"news_id": statement.excluded.news_id},
            where=team_news_noted.c.news_id < statement.excluded.news_id,
        )
    )
