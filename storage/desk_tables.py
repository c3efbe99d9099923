"""The tables of the desk alone: aliases, ready phrases, searches, and troubles that were noted."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)

from storage import tables
from storage.moments import Moment
from storage.partial_index import partial_index

metadata = tables.metadata
"""Of all tables."""

aliases = Table(
    "aliases",
    metadata,
    Column("contact_id", Uuid, ForeignKey("contacts.id"), primary_key=True),
    Column("word", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    UniqueConstraint("word", "number"),
)

phrases = Table(
    "phrases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("language", String(8), nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("changed_at", Moment, nullable=False),
)

searches = Table(
    "searches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("words_sealed", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
)

note_drafts = Table(
    "note_drafts",
    metadata,
    Column("conversation_id", Uuid, ForeignKey("conversations.id"), primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.id"), primary_key=True),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
)

noted_troubles = Table(
    "noted_troubles",
    metadata,
    Column("outbox_id", Uuid, ForeignKey("outbox.id"), primary_key=True),
    # Noted in this state; a worse one that follows is a task again.
    Column("state", String(16), primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("at", Moment, nullable=False),
)

TROUBLED = (
    "(state IN ('undelivered', 'failed', 'unknown')"
    " OR (state = 'withheld' AND (by_hand OR refusal = 'betrays')))"
)
"""What did not arrive, what a counsellor wrote and was held back, and what the line would have said
in words that betray: a person says it in others."""

ON_SQLITE = TROUBLED.replace("by_hand", "by_hand = 1")

partial_index("ix_outbox_troubled", tables.outbox.c.id, where=TROUBLED, on_sqlite=ON_SQLITE)
