"""The table of waiting: what somebody who waits has been told, asked and promised."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Table,
    Uuid,
)

from storage.moments import Moment
from storage.partial_index import partial_index
from storage.tables import metadata

waits = Table(
    "waits",
    metadata,
    Column("conversation_id", Uuid, ForeignKey("conversations.id"), primary_key=True),
    Column("line_id", Uuid, ForeignKey("lines.id"), nullable=False),
    Column("tier", SmallInteger, nullable=False),
    # When the questions were over and they began to wait for a person.
    Column("since", Moment, nullable=False),
    # Waiting messages that are behind, and when the next one is due.
    Column("told", SmallInteger, nullable=False),
    Column("due_at", Moment),
    # The text that asked them something, and what they chose.
    Column("asked", String(32)),
    Column("asked_at", Moment),
    Column("chosen", String(16)),
    # A person's first answer.
    Column("answered_at", Moment),
    # Nobody could be reached, and the contact has not been told so yet, or has.
    Column("unreached_at", Moment),
    Column("unreached_told_at", Moment),
    partial_index("ix_waits_due", "due_at", where="due_at IS NOT NULL"),
    Index("ix_waits_lately", "line_id", "since"),
)
