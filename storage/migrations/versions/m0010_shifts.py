"""Working a shift: how many conversations each, who is at work, help, handing over, debriefs."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lines", sa.Column("most_each", sa.SmallInteger(), nullable=True))
    offered = sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True)
    op.add_column("conversations", offered)
    handed = sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("conversations", handed)
    op.add_column("notes", sa.Column("purpose", sa.String(length=16), nullable=True))
    kind = "UUID" if op.get_bind().dialect.name == "postgresql" else "CHAR(32)"
    op.execute(
        f"ALTER TABLE notes ADD COLUMN only_for {kind} CONSTRAINT fk_notes_only_for "
        "REFERENCES members (id)"
    )
    op.create_table(
        "worked_shifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_worked_shifts_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worked_shifts")),
    )
    op.create_index(
        "ix_worked_shifts_current",
        "worked_shifts",
        ["member_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
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
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_helps")),
    )
    op.create_index(op.f("ix_helps_counsellor_id"), "helps", ["counsellor_id"])
    op.create_table(
        "debriefs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_debriefs_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debriefs")),
    )
    op.create_index(
        "ix_debriefs_open",
        "debriefs",
        ["member_id"],
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
