"""Ways of one's own: guesses at a code, a way that is gone for good, and links by Telegram."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ways", sa.Column("guesses", sa.SmallInteger(), nullable=True))
    op.add_column("ways", sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("pages", sa.Column("chat_sealed", sa.LargeBinary(), nullable=True))
    op.create_table(
        "way_links",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_way_links_member_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_way_links")),
    )
    op.create_index(op.f("ix_way_links_member_id"), "way_links", ["member_id"])
