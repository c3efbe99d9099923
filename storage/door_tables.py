"""The tables of the door: what may leave in an hour, what has left, who is blocked."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Uuid

from storage.moments import Moment
from storage.tables import metadata

limits = Table(
    "limits",
    metadata,
    Column("line_id", Uuid, ForeignKey("lines.id"), primary_key=True),
    Column("segments", Integer, nullable=False),
    Column("each", Integer, nullable=False),
)

spending = Table(
    "spending",
    metadata,
    Column("line_id", Uuid, ForeignKey("lines.id"), primary_key=True),
    Column("began_at", Moment, primary_key=True),
    Column("segments", Integer, nullable=False),
)

blocks = Table(
    "blocks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversations.id"), nullable=False),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    # Before its end: by whom, or by a word of danger.
    Column("lifted_at", Moment),
    Column("lifted_by", Uuid, ForeignKey("members.id")),
    Index(None, "conversation_id"),
    Index(None, "ends_at"),
)
