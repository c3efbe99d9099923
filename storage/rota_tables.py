"""The tables of the rota: what coordinators write down, on the wall clock of the line's zone."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)

from storage import tables
from storage.moments import Moment

metadata = tables.metadata
"""Of all tables."""


def _id() -> Column[object]:
    return Column("id", Uuid, primary_key=True)


def _of_rota() -> Column[object]:
    return Column("rota_id", Uuid, ForeignKey("rotas.id"), nullable=False)


def _member(name: str = "member_id", *, nullable: bool = False) -> Column[object]:
    return Column(name, Uuid, ForeignKey("members.id"), nullable=nullable)


def _wall(name: str) -> Column[object]:
    """A time as it stands on paper: without a zone, for the clock may change before it comes."""
    return Column(name, DateTime, nullable=False)


rotas = Table(
    "rotas",
    metadata,
    _id(),
    # Grows with every change: who keeps a rota in memory knows by it that theirs is old.
    Column("edition", Integer, nullable=False),
    # By role, when somebody has to be on call.
    Column("needed", JSON, nullable=False),
    Column("made_at", Moment, nullable=False),
)

rota_patterns = Table(
    "rota_patterns",
    metadata,
    _id(),
    _of_rota(),
    Column("role", String(16), nullable=False),
    Column("begins", Date, nullable=False),
    Column("ends", Date),
    Column("weeks", SmallInteger, nullable=False),
    Column("turns", JSON, nullable=False),
    _member("written_by", nullable=True),
    Column("at", Moment, nullable=False),
    Index(None, "rota_id"),
)

shifts = Table(
    "shifts",
    metadata,
    _id(),
    _of_rota(),
    Column("role", String(16), nullable=False),
    _member(),
    _wall("starts"),
    _wall("ends"),
    Column("kind", SmallInteger, nullable=False),
    Column("beside", Boolean, nullable=False),
    # Of the calendar's entry it came from: the same file read again changes it, not doubles it.
    Column("entry_hash", LargeBinary),
    _member("written_by", nullable=True),
    Column("at", Moment, nullable=False),
    Index(None, "rota_id", "ends"),
    UniqueConstraint("rota_id", "role", "entry_hash"),
)

leaves = Table(
    "leaves",
    metadata,
    _id(),
    _member(),
    _wall("starts"),
    _wall("ends"),
    _member("written_by", nullable=True),
    Column("at", Moment, nullable=False),
    Index(None, "member_id"),
)

swaps = Table(
    "swaps",
    metadata,
    _id(),
    _of_rota(),
    Column("role", String(16), nullable=False),
    _member("asker_id"),
    _wall("starts"),
    _wall("ends"),
    # What the asker would take in exchange, and from whom; none of it where anybody may take it.
    _member("wanted_from", nullable=True),
    Column("wanted_starts", DateTime),
    Column("wanted_ends", DateTime),
    Column("state", String(16), nullable=False),
    _member("taken_by", nullable=True),
    Column("asked_at", Moment, nullable=False),
    Index(None, "rota_id", "state"),
)

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("member_id", Uuid, ForeignKey("members.id"), primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("made_at", Moment, nullable=False),
)
