"""The tables of deletion: whose is under way, and which copies are to go at the providers."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
)

from storage import tables
from storage.moments import Moment
from storage.partial_index import partial_index

metadata = tables.metadata
"""Of all tables."""

deletions = Table(
    "deletions",
    metadata,
    # The row of a contact stays for what counts them, and leads to nobody.
    Column("contact_id", Uuid, ForeignKey("contacts.id"), primary_key=True),
    Column("stage", String(16), nullable=False),
    # Who confirmed it; empty: the contact alone.
    Column("member_id", Uuid, ForeignKey("members.id")),
    # What was noted about them has to stay.
    Column("keeps_notes", Boolean, nullable=False),
    # They are told when it is done: the one of their lines by which they asked.
    Column("tells", Boolean, nullable=False),
    # The row of the outbox that tells them.
    Column("told_row_id", Uuid),
    Column("asked_at", Moment, nullable=False),
    Column("began_at", Moment),
    Column("due_at", Moment),
    Column("done_at", Moment),
    partial_index("ix_deletions_due", "due_at", where="due_at IS NOT NULL"),
)

provider_copies = Table(
    "provider_copies",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("channel", String(16), nullable=False),
    # What is to go: the words alone, or all of it.
    Column("kind", String(16), nullable=False),
    # Empty while it is on its way to the contact and the provider has not named it.
    Column("provider_id_sealed", LargeBinary),
    # In which chat, where the provider has any.
    Column("chat_sealed", LargeBinary),
    # Its row of the outbox, while that is waited for.
    Column("outbox_id", Uuid),
    Column("attempts", Integer, nullable=False),
    Column("error_code", Integer),
    Column("made_at", Moment, nullable=False),
    # Empty once it is given up: then it is somebody's task.
    Column("due_at", Moment),
    Column("leased_until", Moment),
    partial_index("ix_provider_copies_due", "due_at", where="due_at IS NOT NULL"),
    partial_index("ix_provider_copies_given_up", "id", where="due_at IS NULL"),
)
"""A row that is done is gone: nothing of it leads to anybody."""

swept = Table(
    "swept",
    metadata,
    # Of the messages, or of the outbox: up to which id copies were asked to go.
    Column("name", String(16), primary_key=True),
    Column("up_to", Uuid, nullable=False),
)

holds = Table(
    "holds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversations.id"), nullable=False),
    Column("ground", String(16), nullable=False),
    Column("by_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("at", Moment, nullable=False),
    # It ends by itself.
    Column("until", Moment, nullable=False),
    Column("lifted_at", Moment),
    Column("lifted_by", Uuid, ForeignKey("members.id")),
    partial_index("uq_holds_standing", "conversation_id", where="lifted_at IS NULL", unique=True),
    Index(None, "conversation_id"),
)
"""What keeps a conversation from every deletion for a while; one stands at a time."""
