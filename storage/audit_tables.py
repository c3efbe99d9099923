"""The tables of what is written down about staff. Triggers refuse to change or remove a row."""

from sqlalchemy import (
    BigInteger,
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

audit = Table(
    "audit",
    tables.metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    # Empty: at the command line, or by the line itself.
    Column("member_id", Uuid, ForeignKey("members.id")),
    Column("act", String(32), nullable=False),
    # What it was done to; which kind of thing follows from the act. It may be gone by now.
    Column("object_id", Uuid),
    # A code or a count; never content, a number or a name of a contact.
    Column("detail", String(64), nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index(None, "at"),
    Index(None, "member_id", "at"),
    Index(None, "object_id"),
    Index(None, "act", "number"),
)

# Counted until the minute is over: then how many more they were is an entry, too.
refusals = Table(
    "refusals",
    tables.metadata,
    Column("member_id", Uuid, ForeignKey("members.id"), primary_key=True),
    # What they were refused, as the entry of the first one says it.
    Column("what", String(32), primary_key=True),
    Column("began_at", Moment, nullable=False),
    Column("more", Integer, nullable=False),
)

# Where the chain begins after its oldest entries were removed in whole: only what stands at or
# before an anchor can be deleted, and only an anchor with a true hash is believed.
audit_anchors = Table(
    "audit_anchors",
    tables.metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("tag", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
)
