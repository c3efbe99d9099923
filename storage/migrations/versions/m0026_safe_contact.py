"""Safe contact: watched telephones, agreed ways, who writes first, quiet words, decided words."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TROUBLED = (
    "(state IN ('undelivered', 'failed', 'unknown')"
    " OR (state = 'withheld' AND (by_hand OR refusal = 'betrays')))"
)


def upgrade() -> None:
    op.add_column("contacts", sa.Column("watched_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("contacts", sa.Column("agreed_ways", sa.String(length=48), nullable=True))
    op.add_column("contacts", sa.Column("writes_first", sa.Boolean(), nullable=True))
    op.create_table(
        "quiet_words",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("word_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_quiet_words_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_quiet_words_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_quiet_words_member_id")
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_quiet_words")),
    )
    op.create_index(op.f("ix_quiet_words_conversation_id"), "quiet_words", ["conversation_id"])
    op.create_table(
        "decided_words",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_decided_words_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_decided_words_member_id")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_decided_words")),
    )
    op.drop_index("ix_outbox_troubled", table_name="outbox")
    op.create_index(
        "ix_outbox_troubled",
        "outbox",
        ["id"],
        sqlite_where=sa.text(TROUBLED.replace("by_hand", "by_hand = 1")),
        postgresql_where=sa.text(TROUBLED),
    )
