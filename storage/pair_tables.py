"""The tables of the contacts' key pairs, and of how far older texts are sealed to them."""

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
    text,
)

from storage.moments import Moment
from storage.tables import messages, metadata, outbox

contact_pairs = Table(
    "contact_pairs",
    metadata,
    Column("contact_id", Uuid, ForeignKey("contacts.id"), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    # The private half, to this generation of the team.
    Column("team", Integer, nullable=False),
    Column("private_sealed", LargeBinary, nullable=False),
)
"""The public half lies with the contact: what comes in needs no more than it reads anyway."""

resealing = Table(
    "resealing",
    metadata,
    # Of which table.
    Column("name", String(32), primary_key=True),
    # Up to this row it was looked through this time; empty before the first one.
    Column("after", Uuid),
    # Something was sealed this time: it is looked through once more.
    Column("found", Boolean, nullable=False),
    Column("began_at", Moment, nullable=False),
    # This time.
    Column("pass_at", Moment, nullable=False),
    Column("done_at", Moment),
)
"""What was written before there was a team, and is sealed to its contacts bit by bit."""

Index(
    "ix_messages_copied",
    messages.c.id,
    sqlite_where=text("copy_sealed IS NOT NULL"),
    postgresql_where=text("copy_sealed IS NOT NULL"),
)
"""What has a copy for the machine."""

Index(
    "ix_outbox_copied",
    outbox.c.id,
    sqlite_where=text("body_sealed IS NOT NULL AND pending = 0"),
    postgresql_where=text("body_sealed IS NOT NULL AND NOT pending"),
)
"""What has a copy that is hardly needed any more."""
