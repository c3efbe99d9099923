"""The register: duties to report, disclosures, exports, and the words that belong to them.

Triggers refuse to remove an entry, and to change what was decided.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
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

OPEN = "closed_at IS NULL"
"""Of a duty: nobody has said yet what became of it."""

UNSETTLED = "given_at IS NULL AND refused_at IS NULL"
"""Of a disclosure."""


duties = Table(
    "duties",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversations.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    # Empty: the scripted questions.
    Column("raised_by", Uuid, ForeignKey("members.id")),
    Column("raised_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    # When coordinators are told that it is overdue; empty once they were, or it is closed.
    Column("tell_at", Moment),
    Column("told_at", Moment),
    Column("outcome", String(16)),
    Column("recipient", String(24)),
    Column("reported_at", Moment),
    Column("closed_by", Uuid, ForeignKey("members.id")),
    Column("closed_at", Moment),
    # One of a kind at a time: raised twice it is the same.
    partial_index("uq_duties_open", "conversation_id", "kind", where=OPEN, unique=True),
    partial_index("ix_duties_open", "due_at", where=OPEN),
    partial_index("ix_duties_tell", "tell_at", where="tell_at IS NOT NULL"),
    Index(None, "conversation_id"),
    Index(None, "closed_at"),
)

disclosures = Table(
    "disclosures",
    metadata,
    Column("id", Uuid, primary_key=True),
    # Empty: they ask about somebody whom the line does not know.
    Column("conversation_id", Uuid, ForeignKey("conversations.id")),
    Column("authority", String(24), nullable=False),
    Column("ground", String(24), nullable=False),
    Column("asked_for", JSON, nullable=False),
    # The law forbids to tell the contact that somebody asked.
    Column("silent", Boolean, nullable=False),
    Column("asked_by", Uuid, ForeignKey("members.id"), nullable=False),
    Column("asked_at", Moment, nullable=False),
    # When coordinators are told that somebody has to decide; empty once they were, or it is over.
    Column("tell_at", Moment),
    Column("refusal", String(24)),
    Column("refused_by", Uuid, ForeignKey("members.id")),
    Column("refused_at", Moment),
    Column("given", JSON(none_as_null=True)),
    Column("given_by", Uuid, ForeignKey("members.id")),
    # When it was written down; when it was given stands beside it.
    Column("given_at", Moment),
    Column("given_on", Moment),
    Column("form_key", Uuid, nullable=False, unique=True),
    partial_index("ix_disclosures_unsettled", "id", where=UNSETTLED),
    partial_index("ix_disclosures_tell", "tell_at", where="tell_at IS NOT NULL"),
    Index(None, "conversation_id"),
)

agreements = Table(
    "agreements",
    metadata,
    Column("disclosure_id", Uuid, ForeignKey("disclosures.id"), primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.id"), primary_key=True),
    # Whether they coordinated then.
    Column("leads", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
)
"""Who agreed that something is given: each once, and never taken back."""

stranger_words = Table(
    "stranger_words",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("entry_id", Uuid, ForeignKey("disclosures.id"), nullable=False),
    Column("part", String(16), nullable=False),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("entry_id", "part"),
)
"""The words of a disclosure about somebody whom the line does not know: there is no contact to whom
they could be sealed, and so they are sealed to the team itself."""

exports = Table(
    "exports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversations.id"), nullable=False),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("ground", String(24), nullable=False),
    # How many notes were kept back for somebody else's sake.
    Column("held_back", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "conversation_id"),
)

register_words = Table(
    "register_words",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversations.id"), nullable=False),
    # Of a duty, a disclosure or an export, and which of its words these are.
    Column("entry_id", Uuid, nullable=False),
    Column("part", String(16), nullable=False),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("body_sealed", LargeBinary),
    Column("at", Moment, nullable=False),
    UniqueConstraint("entry_id", "part"),
    Index(None, "conversation_id"),
)
"""They go with their contact, unless the law keeps what was noted; the entry stays."""
