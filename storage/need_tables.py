"""The tables of who may read what: the reasons that were given, and who must stay away."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Uuid

from storage.moments import Moment
from storage.partial_index import partial_index
from storage.tables import metadata

# The last one of each member and conversation; every one that was given stands in the audit.
reading_reasons = Table(
    "reading_reasons",
    metadata,
    Column("conversation_id", Uuid, ForeignKey("conversations.id"), primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.id"), primary_key=True),
    Column("reason", String(32), nullable=False),
    Column("ends_at", Moment, nullable=False),
    Index(None, "member_id"),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("contact_id", Uuid, ForeignKey("contacts.id"), nullable=False),
    # Who must stay away, and who said so.
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("by_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("lifted_at", Moment),
    Column("lifted_by", Uuid, ForeignKey("members.id")),
    Index(None, "contact_id"),
    partial_index(
        "ix_conflicts_standing", "member_id", "contact_id", where="lifted_at IS NULL", unique=True
    ),
)
