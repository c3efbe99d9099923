"""Texts are sealed to their contacts: pairs, the machine's copies, and how far older texts are."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("contacts", sa.Column("pair_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("messages", sa.Column("copy_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("messages", sa.Column("wants_answer", sa.Boolean(), nullable=True))
    op.create_table(
        "contact_pairs",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("team", sa.Integer(), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_pairs_contact_id")
        ),
        sa.PrimaryKeyConstraint("contact_id", "generation", name=op.f("pk_contact_pairs")),
    )
    op.create_table(
        "resealing",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("began_at", moment, nullable=False),
        sa.Column("pass_at", moment, nullable=False),
        sa.Column("done_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_resealing")),
    )
    copied = sa.text("copy_sealed IS NOT NULL")
    op.create_index(
        "ix_messages_copied", "messages", ["id"], sqlite_where=copied, postgresql_where=copied
    )
    op.create_index(
        "ix_outbox_copied",
        "outbox",
        ["id"],
        sqlite_where=sa.text("body_sealed IS NOT NULL AND pending = 0"),
        postgresql_where=sa.text("body_sealed IS NOT NULL AND NOT pending"),
    )
