"""The tables of retention: how long what is kept, as coordinators wrote it; how far a night is."""

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Uuid,
)

from storage.channel_tables import receipts
from storage.moments import Moment
from storage.partial_index import partial_index
from storage.tables import metadata

retention_terms = Table(
    "retention_terms",
    metadata,
    # Counted from 1: of two who write at once one finds it taken.
    Column("edition", Integer, primary_key=True, autoincrement=False),
    # By class, in days.
    Column("terms", JSON, nullable=False),
    # By class that was changed, what was to go because of it when it was written.
    Column("goes", JSON, nullable=False),
    Column("written_by", Uuid, ForeignKey("members.id"), nullable=False),
    Column("at", Moment, nullable=False),
    # Keyed, so that nobody who only writes into the database shortens a term.
    Column("generation", Integer, nullable=False),
    Column("tag", LargeBinary, nullable=False),
)
"""Only added to: the newest with a true tag holds, the older ones are its history."""

retention_nights = Table(
    "retention_nights",
    metadata,
    # There is one row.
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("due_at", Moment, nullable=False),
    # Of the night that is under way: since when, at which step, and up to which row; empty between.
    Column("began_at", Moment),
    Column("step", String(16)),
    Column("after", String(64)),
    # By class, how much went so far, or went in the last night.
    Column("removed", JSON, nullable=False),
    Column("ended_at", Moment),
)

partial_index("ix_receipts_message", receipts.c.message_id, where="message_id IS NOT NULL")
"""Of the few that know a redacted message's words again: they go with it."""
