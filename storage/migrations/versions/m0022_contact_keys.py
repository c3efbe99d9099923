"""What leads to a contact, and to whom their texts are sealed, lies apart from all the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MOVED = ("address_index", "address_sealed", "pair_sealed")


def upgrade() -> None:
    op.create_table(
        "contact_keys",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address_index", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("pair_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_keys_contact_id")
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contact_keys")),
        sa.UniqueConstraint(
            "line_id",
            "channel",
            "address_index",
            name=op.f("uq_contact_keys_line_id_channel_address_index"),
        ),
        sqlite_with_rowid=False,
    )
    # Whose address is empty was deleted.
    op.execute(
        "INSERT INTO contact_keys"
        " (contact_id, line_id, channel, address_index, address_sealed, pair_sealed)"
        " SELECT id, line_id, channel, address_index, address_sealed, pair_sealed"
        " FROM contacts WHERE length(address_sealed) > 0"
    )
    if op.get_bind().dialect.name == "sqlite":
        _make_anew()
        return
    op.drop_constraint("uq_contacts_line_id_channel_address_index", "contacts")
    for name in MOVED:
        op.drop_column("contacts", name)
    # PostgreSQL leaves what was dropped in its files until the table is written anew.
    op.execute("CLUSTER contacts USING pk_contacts")
    op.execute("ALTER TABLE contacts SET WITHOUT CLUSTER")


def _make_anew() -> None:
    """SQLite cannot drop a column that a constraint names. `storage.schema` has seen to it that
    the tables that point to this one do not mind that it is away for a moment."""
    anew = op.create_table(
        "contacts_anew",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("our_address_index", sa.LargeBinary(), nullable=False),
        sa.Column("our_address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("answerable", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("language_chosen", sa.Boolean(), nullable=False),
        sa.Column("gate", sa.String(length=16), nullable=False),
        sa.Column("opt_out", sa.String(length=16), nullable=False),
        sa.Column("safe_from", sa.Time(), nullable=True),
        sa.Column("safe_to", sa.Time(), nullable=True),
        sa.Column("first_inbound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delete_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_contacts_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    kept = [column.name for column in anew.columns]
    before = sa.table("contacts", *map(sa.column, kept))
    op.execute(anew.insert().from_select(kept, sa.select(*before.columns)))
    op.drop_table("contacts")
    op.rename_table("contacts_anew", "contacts")
    op.create_index(
        "ix_contacts_delete_requested",
        "contacts",
        ["delete_requested_at"],
        sqlite_where=sa.text("delete_requested_at IS NOT NULL"),
    )
