"""The tables of paging: how members are reached, and each page on its way to one of them."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
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

ways = Table(
    "ways",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    # The lower one is tried first.
    Column("place", SmallInteger, nullable=False),
    Column("address_sealed", LargeBinary, nullable=False),
    Column("address_index", LargeBinary, nullable=False),
    Column("added_at", Moment, nullable=False),
    # Nobody is paged by a way before somebody has answered there.
    Column("verified_at", Moment),
    Column("failed_at", Moment),
    # It never works again as it is.
    Column("gone_at", Moment),
    UniqueConstraint("kind", "address_index"),
    Index(None, "member_id"),
)

code_uses = Table(
    "code_uses",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("what", String(16), nullable=False),
    # Of the telephone to which it was sent; the number itself stands in no row of these.
    Column("address_index", LargeBinary),
    Column("at", Moment, nullable=False),
    Index(None, "member_id", "at"),
    Index(None, "address_index", "at"),
)

pages = Table(
    "pages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    # None once the way is removed.
    Column("way_id", Uuid, ForeignKey("ways.id")),
    # Instead of a way: a chat that is nobody's, which is answered once.
    Column("chat_sealed", LargeBinary),
    # None: it is about no conversation, but answers what a member wrote.
    Column("conversation_id", Uuid, ForeignKey("conversations.id")),
    Column("tier", SmallInteger),
    Column("code", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error_code", Integer),
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("leased_until", Moment),
    Column("acknowledged_at", Moment),
    partial_index("ix_pages_due", "due_at", where="due_at IS NOT NULL"),
    Index(None, "conversation_id"),
    Index(None, "member_id", "made_at"),
    Index(None, "way_id"),
)

way_links = Table(
    "way_links",
    metadata,
    # The code itself is shown once and not kept.
    Column("code_hash", LargeBinary, primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("used_at", Moment),
    Index(None, "member_id"),
)
