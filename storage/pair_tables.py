"""The tables that are kept apart in back-ups, and of how far older texts are sealed to contacts.

Whoever has all the rest of the database, and every key that opens it, reaches nobody by it and
reads nothing that was said.
"""

from sqlalchemy import (
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
    text,
)

from storage.moments import Moment
from storage.tables import messages, metadata, outbox

contact_keys = Table(
    "contact_keys",
    metadata,
    Column("contact_id", Uuid, ForeignKey("contacts.id"), primary_key=True),
    # As the contact's, beside the index that is unique among them.
    Column("line_id", Uuid, nullable=False),
    Column("channel", String(16), nullable=False),
    # Empty once the number may belong to somebody else: nobody finds the old history by it.
    Column("address_index", LargeBinary),
    Column("address_sealed", LargeBinary, nullable=False),
    # The public half of the newest pair; empty until there is one (storage.contact_pairs).
    Column("pair_sealed", LargeBinary),
    UniqueConstraint("line_id", "channel", "address_index"),
    sqlite_with_rowid=False,  # found by the contact or by the index alone
)
"""How each contact is found and reached, and to whom their texts are sealed. A deleted contact has
no row, nor has one of an old back-up whose keys were destroyed since."""

contact_pairs = Table(
    "contact_pairs",
    metadata,
    Column("contact_id", Uuid, ForeignKey("contacts.id"), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    # The private half, to this generation of the team.
    Column("team", Integer, nullable=False),
    Column("private_sealed", LargeBinary, nullable=False),
)
"""The private halves of all pairs that a contact ever had: those of before open what was before."""

APART = (contact_keys.name, contact_pairs.name)
"""What a back-up leaves out, and keeps for seven days at most in a place of its own. Both point to
`contacts`, and nothing points to them."""

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
