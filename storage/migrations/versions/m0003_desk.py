"""The desk: aliases, ready phrases, searches, and troubles that were noted."""

import secrets
from itertools import islice

import sqlalchemy as sa
from alembic import op

from domain.alias import WORDS

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TROUBLED = "(state IN ('undelivered', 'failed', 'unknown') OR (state = 'withheld' AND by_hand))"
ON_SQLITE = TROUBLED.replace("by_hand", "by_hand = 1")


def upgrade() -> None:
    aliases = op.create_table(
        "aliases",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_aliases_contact_id")
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_aliases")),
        sa.UniqueConstraint("word", "number", name=op.f("uq_aliases_word_number")),
    )
    op.create_table(
        "phrases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_phrases_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrases")),
    )
    op.create_table(
        "searches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_searches_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_searches")),
    )
    op.create_table(
        "noted_troubles",
        sa.Column("outbox_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_noted_troubles_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_noted_troubles_outbox_id")
        ),
        sa.PrimaryKeyConstraint("outbox_id", "state", name=op.f("pk_noted_troubles")),
    )
    op.create_index(
        "ix_outbox_troubled",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text(ON_SQLITE),
        postgresql_where=sa.text(TROUBLED),
    )
    _name_everybody(aliases)


def _name_everybody(aliases: sa.Table) -> None:
    """Whoever wrote before there were aliases gets one too."""
    contacts = sa.table("contacts", sa.column("id", sa.Uuid()))
    everybody = op.get_bind().execute(sa.select(contacts.c.id)).scalars().all()
    highest = 99 + len(everybody)
    free: set[tuple[str, int]] = set()
    while len(free) < len(everybody):
        free.add((secrets.choice(WORDS), 1 + secrets.randbelow(highest)))
    named = zip(everybody, islice(free, len(everybody)), strict=True)
    op.bulk_insert(
        aliases, [{"contact_id": c, "word": word, "number": n} for c, (word, n) in named]
    )
