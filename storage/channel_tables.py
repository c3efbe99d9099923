"""The tables that only some channels need: edits, pictures, who polls, and what came."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)

from storage.moments import Moment
from storage.tables import metadata

revisions = Table(
    "revisions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("message_id", Uuid, ForeignKey("messages.id"), nullable=False),
    Column("body_sealed", LargeBinary),
    Column("at", Moment, nullable=False),
    Index(None, "message_id"),
)

pictures = Table(
    "pictures",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("message_id", Uuid, ForeignKey("messages.id"), nullable=False),
    # Which of the message's media, from 0.
    Column("place", SmallInteger, nullable=False),
    Column("content_type", String(64), nullable=False),
    Column("content_sealed", LargeBinary),
    Column("fetched_by", Uuid, ForeignKey("members.id"), nullable=False),
    Column("fetched_at", Moment, nullable=False),
    UniqueConstraint("message_id", "place"),
)

leases = Table(
    "leases",
    metadata,
    # What only one process may do at a time, as telegram_polling.
    Column("name", String(32), primary_key=True),
    Column("holder", Uuid, nullable=False),
    Column("until", Moment, nullable=False),
)

listings = Table(
    "listings",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("complete_from", Moment, nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    # Of everything ever handled, dropped or deleted: enough to know it again, nothing else.
    Column("provider_hash", LargeBinary, primary_key=True),
    Column("at", Moment, nullable=False),
    # Of a redacted message's words alone: they are forgotten with it. No foreign key, for which
    # each receipt would be looked up.
    Column("message_id", Uuid),
)
