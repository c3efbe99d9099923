"""The tables of the team: its key pairs, who was admitted, its recovery sheets and its news."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
)

from storage.moments import Moment
from storage.tables import metadata


def _to_member(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, Uuid, ForeignKey("members.id"), nullable=nullable)


teams = Table(
    "teams",
    metadata,
    # Of two who make the same one at once, one finds it taken.
    Column("generation", Integer, primary_key=True, autoincrement=False),
    # The public half, under the server's key: who has only the database makes no team of their own.
    Column("public_sealed", LargeBinary, nullable=False),
    # The private half before this one, to this one; empty for one that was begun anew.
    Column("earlier_sealed", LargeBinary),
    Column("made_at", Moment, nullable=False),
    _to_member("made_by"),
)
"""Only added to: the newest holds, and opens the ones before it."""

roster = Table(
    "roster",
    metadata,
    Column("generation", Integer, ForeignKey("teams.generation"), primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.id"), primary_key=True),
    # Which of the member's pairs it is sealed to.
    Column("member_generation", Integer, nullable=False),
    Column("role", String(16), nullable=False),
    # The team's private half.
    Column("sealed", LargeBinary, nullable=False),
    # The tag, under the server's key.
    Column("tag_sealed", LargeBinary, nullable=False),
    Column("admitted_at", Moment, nullable=False),
    _to_member("admitted_by"),
    Index(None, "member_id"),
)
"""Who was admitted to the newest team; an entry without a tag of the team's is worth nothing."""

sheets = Table(
    "sheets",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("public", LargeBinary, nullable=False, unique=True),
    Column("generation", Integer, ForeignKey("teams.generation"), nullable=False),
    # The team's private half; wiped once the sheet is used or replaced.
    Column("sealed", LargeBinary),
    # The tag, under the server's key.
    Column("tag_sealed", LargeBinary, nullable=False),
    # The two groups that are typed back, until they were.
    Column("check_sealed", LargeBinary),
    Column("made_at", Moment, nullable=False),
    _to_member("made_by"),
    Column("confirmed_at", Moment),
    Column("used_at", Moment),
    _to_member("used_by", nullable=True),
    Column("replaced_at", Moment),
)
"""The private half of each lies on paper alone."""

team_news = Table(
    "team_news",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(16), nullable=False),
    _to_member("member_id"),
    _to_member("by_id"),
    Column("at", Moment, nullable=False),
)
"""What every reader is told once: who was admitted, that a sheet was used, that keys changed."""

team_news_noted = Table(
    "team_news_noted",
    metadata,
    Column("member_id", Uuid, ForeignKey("members.id"), primary_key=True),
    # The last that they have seen.
    Column("news_id", Uuid, nullable=False),
)
