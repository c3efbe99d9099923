"""The tables of safe contact: quiet words, and texts whose words somebody decided upon."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table, Uuid

from storage import tables
from storage.moments import Moment

metadata = tables.metadata
"""Of all tables."""

quiet_words = Table(
    "quiet_words",
    metadata,
    Column("contact_id", Uuid, ForeignKey("contacts.id"), primary_key=True),
    # With whose texts it is sealed, and opens.
    Column("conversation_id", Uuid, ForeignKey("conversations.id"), nullable=False),
    Column("word_sealed", LargeBinary, nullable=False),
    # Met, or by telephone.
    Column("how", String(16), nullable=False),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("agreed_at", Moment, nullable=False),
    Index(None, "conversation_id"),
)

decided_words = Table(
    "decided_words",
    metadata,
    # It leaves as it is, also where a telephone may be watched.
    Column("message_id", Uuid, ForeignKey("messages.id"), primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("at", Moment, nullable=False),
)
