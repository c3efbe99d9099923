"""The tables of what coordinators write and are told: whom a line pages, and its rota's gaps."""

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
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

gap_notices = Table(
    "gap_notices",
    tables.metadata,
    Column("id", Uuid, primary_key=True),
    Column("rota_id", Uuid, ForeignKey("rotas.id"), nullable=False),
    Column("role", String(16), nullable=False),
    # Seconds before it begins.
    Column("ahead", Integer, nullable=False),
    Column("starts_at", Moment, nullable=False),
    # As far as it was looked.
    Column("ends_at", Moment, nullable=False),
    Index(None, "rota_id"),
)
"""Of which gaps coordinators were told; forgotten once there is somebody after all."""
