"""How long what is kept, how far a night is, and whose words a receipt knows again."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_KNOWN = sa.text("message_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "retention_terms",
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("goes", sa.JSON(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["written_by"], ["members.id"], name=op.f("fk_retention_terms_written_by")
        ),
        sa.PrimaryKeyConstraint("edition", name=op.f("pk_retention_terms")),
    )
    op.create_table(
        "retention_nights",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("step", sa.String(length=16), nullable=True),
        sa.Column("after", sa.String(length=64), nullable=True),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_nights")),
    )
    op.add_column("receipts", sa.Column("message_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_receipts_message",
        "receipts",
        ["message_id"],
        sqlite_where=_KNOWN,
        postgresql_where=_KNOWN,
    )
