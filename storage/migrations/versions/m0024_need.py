"""Who may read what: the reasons that were given, and who must stay away; the log by its acts."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading_reasons",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_reading_reasons_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_reading_reasons_member_id")
        ),
        sa.PrimaryKeyConstraint("conversation_id", "member_id", name=op.f("pk_reading_reasons")),
    )
    op.create_index(op.f("ix_reading_reasons_member_id"), "reading_reasons", ["member_id"])
    op.create_table(
        "conflicts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_conflicts_contact_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_conflicts_member_id")),
        sa.ForeignKeyConstraint(["by_id"], ["members.id"], name=op.f("fk_conflicts_by_id")),
        sa.ForeignKeyConstraint(["lifted_by"], ["members.id"], name=op.f("fk_conflicts_lifted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
    )
    op.create_index(op.f("ix_conflicts_contact_id"), "conflicts", ["contact_id"])
    op.create_index(
        "ix_conflicts_standing",
        "conflicts",
        ["member_id", "contact_id"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_index(op.f("ix_audit_act_number"), "audit", ["act", "number"])
