"""What is to be sent later: follow-ups that were agreed on, texts that counsellors scheduled."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("refusal", sa.String(length=32), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_plans_conversation_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_plans_member_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_plans_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    due = sa.text("due_at IS NOT NULL")
    task = sa.text("kind = 'follow_up' AND state IN ('refused', 'wanted')")
    op.create_index("ix_plans_due", "plans", ["due_at"], sqlite_where=due, postgresql_where=due)
    op.create_index("ix_plans_tasks", "plans", ["id"], sqlite_where=task, postgresql_where=task)
    op.create_index(op.f("ix_plans_conversation_id"), "plans", ["conversation_id"])
    op.create_index(op.f("ix_plans_message_id"), "plans", ["message_id"])
