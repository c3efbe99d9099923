"""Codes for ways: how often a member asked and guessed. When a gap was told nobody ever read."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_uses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("address_index", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_code_uses_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_uses")),
    )
    op.create_index(op.f("ix_code_uses_member_id_at"), "code_uses", ["member_id", "at"])
    op.create_index(op.f("ix_code_uses_address_index_at"), "code_uses", ["address_index", "at"])
    op.drop_column("ways", "guesses")
    op.drop_column("gap_notices", "told_at")
