"""Whom a line pages is written by coordinators; how far a ladder was climbed, step by step."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_CLIMBED = (
    (1, 6, "1 2 3 4"), (1, 4, "1 2 3"), (1, 2, "1 2"), (2, 2, "1 2"),
    (1, 1, "1"), (2, 1, "1"), (3, 1, "1"), (4, 1, "1"),
)  # fmt: skip
"""Of a tier, from which rung on which steps were behind: of a P1's rungs every second one was the
primary's once more."""


def upgrade() -> None:
    op.add_column("conversations", sa.Column("page_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("conversations", sa.Column("page_done", sa.String(length=255), nullable=True))
    op.add_column(
        "conversations",
        sa.Column("page_edition", sa.Integer(), server_default="0", nullable=False),
    )
    # Who waits while the program is changed is paged on from where they stood.
    climbed = sa.text(
        "UPDATE conversations SET page_done = :done WHERE state = 'waiting' AND tier = :tier "
        "AND page_rung >= :rung AND page_done IS NULL"
    )
    for tier, rung, done in _CLIMBED:
        op.execute(climbed.bindparams(tier=tier, rung=rung, done=done))
    op.execute(
        "UPDATE conversations SET page_due_at = page_from "
        "WHERE state = 'waiting' AND tier = 1 AND page_due_at IS NULL"
    )
    op.execute("UPDATE conversations SET page_due_at = NULL WHERE state <> 'waiting'")
    op.drop_column("conversations", "page_rung")
    op.create_table(
        "policies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("ladder", sa.JSON(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_policies_line_id")),
        sa.ForeignKeyConstraint(
            ["written_by"], ["members.id"], name=op.f("fk_policies_written_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("line_id", "edition", name=op.f("uq_policies_line_id_edition")),
    )
    op.create_table(
        "gap_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rota_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("ahead", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rota_id"], ["rotas.id"], name=op.f("fk_gap_notices_rota_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_notices")),
    )
    op.create_index(op.f("ix_gap_notices_rota_id"), "gap_notices", ["rota_id"])
    op.create_index(
        "ix_events_taken_p1",
        "events",
        ["at"],
        sqlite_where=sa.text("kind = 'taken' AND detail = 'P1'"),
        postgresql_where=sa.text("kind = 'taken' AND detail = 'P1'"),
    )
