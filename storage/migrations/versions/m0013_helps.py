"""Help by conversation and counsellor: a second one who is told displaces the first no more."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """SQLite cannot change a primary key: the rows are kept beside while the table is made anew."""
    op.execute("CREATE TABLE helps_before AS SELECT * FROM helps")
    op.drop_table("helps")
    op.create_table(
        "helps",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("counsellor_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("helper_id", sa.Uuid(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_helps_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["counsellor_id"], ["members.id"], name=op.f("fk_helps_counsellor_id")
        ),
        sa.ForeignKeyConstraint(["helper_id"], ["members.id"], name=op.f("fk_helps_helper_id")),
        sa.PrimaryKeyConstraint("conversation_id", "counsellor_id", name=op.f("pk_helps")),
    )
    op.create_index(op.f("ix_helps_counsellor_id"), "helps", ["counsellor_id"])
    op.execute(
        "INSERT INTO helps"
        " (conversation_id, counsellor_id, asked_at, helper_id, joined_at, taken_over_at)"
        " SELECT conversation_id, counsellor_id, asked_at, helper_id, joined_at, taken_over_at"
        " FROM helps_before"
    )
    op.drop_table("helps_before")
