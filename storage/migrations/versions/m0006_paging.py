"""Paging: how members are reached, each page, and when a conversation's next one is due."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "conversations", sa.Column("page_from", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("conversations", sa.Column("page_rung", sa.SmallInteger(), nullable=True))
    op.add_column(
        "conversations", sa.Column("page_due_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_conversations_page_due",
        "conversations",
        ["page_due_at"],
        sqlite_where=sa.text("page_due_at IS NOT NULL"),
        postgresql_where=sa.text("page_due_at IS NOT NULL"),
    )
    # Whoever waits while the program is changed is paged about by the new one.
    op.execute(
        "UPDATE conversations SET page_from = waiting_since, page_rung = 0, "
        "page_due_at = waiting_since WHERE state = 'waiting'"
    )
    op.create_table(
        "ways",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("address_index", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_ways_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ways")),
        sa.UniqueConstraint("kind", "address_index", name=op.f("uq_ways_kind_address_index")),
    )
    op.create_index(op.f("ix_ways_member_id"), "ways", ["member_id"])
    op.create_table(
        "pages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("way_id", sa.Uuid(), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("tier", sa.SmallInteger(), nullable=True),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_pages_member_id")),
        sa.ForeignKeyConstraint(["way_id"], ["ways.id"], name=op.f("fk_pages_way_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_pages_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
    )
    op.create_index(
        "ix_pages_due",
        "pages",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_pages_conversation_id"), "pages", ["conversation_id"])
    op.create_index(op.f("ix_pages_member_id_made_at"), "pages", ["member_id", "made_at"])
    op.create_index(op.f("ix_pages_way_id"), "pages", ["way_id"])
