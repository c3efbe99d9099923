"""What somebody who waits is told, and who is not answered."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waits",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked", sa.String(length=32), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chosen", sa.String(length=16), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unreached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unreached_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_waits_conversation_id")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_waits_line_id")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_waits")),
    )
    due = sa.text("due_at IS NOT NULL")
    op.create_index("ix_waits_due", "waits", ["due_at"], sqlite_where=due, postgresql_where=due)
    op.create_index("ix_waits_lately", "waits", ["line_id", "since"])
    unanswered = sa.text("state = 'owned' AND waiting_since IS NOT NULL")
    op.create_index(
        "ix_conversations_unanswered",
        "conversations",
        ["waiting_since"],
        sqlite_where=unanswered,
        postgresql_where=unanswered,
    )
