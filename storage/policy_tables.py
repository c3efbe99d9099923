"""The table of policies: whom each line pages, as coordinators have written it."""

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Integer,
    SmallInteger,
    Table,
    UniqueConstraint,
    Uuid,
)

from storage import tables
from storage.moments import Moment

policies = Table(
    "policies",
    tables.metadata,
    Column("id", Uuid, primary_key=True),
    Column("line_id", Uuid, ForeignKey("lines.id"), nullable=False),
    # Of the line, counted from 1: of two who write at once one finds it taken.
    Column("edition", Integer, nullable=False),
    Column("tier", SmallInteger, nullable=False),
    Column("ladder", JSON, nullable=False),
    Column("written_by", Uuid, ForeignKey("members.id"), nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("line_id", "edition"),
)
"""Only added to: the newest of a line and tier holds, the older ones are its history."""
