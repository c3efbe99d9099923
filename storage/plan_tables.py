"""The table of what is to be sent later: follow-ups that were agreed on, and counsellors' texts."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Uuid,
)

from storage.moments import Moment
from storage.partial_index import partial_index
from storage.tables import metadata

TASK = "kind = 'follow_up' AND state IN ('refused', 'wanted')"
"""Somebody has to see to it."""

plans = Table(
    "plans",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversations.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    # Whose it is: who wrote it, or who closed the conversation.
    Column("member_id", Uuid, ForeignKey("members.id")),
    Column("body_sealed", LargeBinary),
    # The counsellor has read the warning that it may not be safe.
    Column("asked", Boolean, nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("message_id", Uuid, ForeignKey("messages.id")),
    Column("refusal", String(32)),
    Column("changed_at", Moment, nullable=False),
    partial_index("ix_plans_due", "due_at", where="due_at IS NOT NULL"),
    partial_index("ix_plans_tasks", "id", where=TASK),
    Index(None, "conversation_id"),
    Index(None, "message_id"),
)
