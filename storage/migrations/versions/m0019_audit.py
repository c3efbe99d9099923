"""What is written down about staff: a chain that the database itself refuses to change."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_REFUSING = (
    "CREATE FUNCTION audit_stands() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF TG_OP = 'DELETE' THEN"
    " IF OLD.number <= COALESCE((SELECT max(number) FROM audit_anchors), 0)"
    " THEN RETURN OLD; END IF;"
    " END IF;"
    " RAISE EXCEPTION 'the audit is only added to'; END $$",
    "CREATE TRIGGER audit_stands BEFORE UPDATE OR DELETE ON audit"
    " FOR EACH ROW EXECUTE FUNCTION audit_stands()",
    "CREATE TRIGGER audit_stands_whole BEFORE TRUNCATE ON audit"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_stands()",
)
_REFUSING_ON_SQLITE = (
    "CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
    "CREATE TRIGGER audit_not_removed BEFORE DELETE ON audit"
    " WHEN OLD.number > COALESCE((SELECT max(number) FROM audit_anchors), 0)"
    " BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
)


def upgrade() -> None:
    """The tables, and the triggers of this database's kind."""
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_audit_member_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])
    op.create_index(op.f("ix_audit_member_id_at"), "audit", ["member_id", "at"])
    op.create_index(op.f("ix_audit_object_id"), "audit", ["object_id"])
    op.create_table(
        "audit_anchors",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_anchors")),
    )
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in _REFUSING if postgres else _REFUSING_ON_SQLITE:
        op.execute(statement)
