"""The door: what may leave in an hour and has left, blocks, and who wrote the same as others."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("alike", sa.LargeBinary(), nullable=True))
    op.add_column(
        "conversations", sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "limits",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("each", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_limits_line_id")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_limits")),
    )
    op.create_table(
        "spending",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_spending_line_id")),
        sa.PrimaryKeyConstraint("line_id", "began_at", name=op.f("pk_spending")),
    )
    op.create_table(
        "blocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_blocks_conversation_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_blocks_member_id")),
        sa.ForeignKeyConstraint(["lifted_by"], ["members.id"], name=op.f("fk_blocks_lifted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
    )
    op.create_index(op.f("ix_blocks_conversation_id"), "blocks", ["conversation_id"])
    op.create_index(op.f("ix_blocks_ends_at"), "blocks", ["ends_at"])
