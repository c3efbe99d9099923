"""The register: duties to report, disclosures and exports; what was decided is never changed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_DECIDED = {
    "duties": ("closed_at",),
    "disclosures": ("given_at", "refused_at", "first_by", "second_by"),
}
"""Once one of these is there it stays as it is; once one that ends an entry is, all of it does."""

_ENDS = {"duties": ("closed_at",), "disclosures": ("given_at", "refused_at")}


def _statements(*, postgres: bool) -> list[str]:
    other = "IS DISTINCT FROM" if postgres else "IS NOT"
    made = []
    if postgres:
        made.append(
            "CREATE FUNCTION register_stands() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'the register is only added to'; END $$"
        )
    for table in ("duties", "disclosures", "exports"):
        ended = " OR ".join(f"OLD.{column} IS NOT NULL" for column in _ENDS.get(table, ()))
        changed = " OR ".join(
            f"(OLD.{column} IS NOT NULL AND NEW.{column} {other} OLD.{column})"
            for column in _DECIDED.get(table, ())
        )
        when = f"WHEN ({ended} OR {changed})" if ended else ""
        for deed, condition in (("UPDATE", when), ("DELETE", "")):
            name = f"{table}_stand_{deed.lower()}"
            made.append(
                f"CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH ROW {condition}"
                " EXECUTE FUNCTION register_stands()"
                if postgres
                else f"CREATE TRIGGER {name} BEFORE {deed} ON {table} {condition}"
                " BEGIN SELECT RAISE(ABORT, 'the register is only added to'); END"
            )
        if postgres:
            made.append(
                f"CREATE TRIGGER {table}_stand_whole BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION register_stands()"
            )
    return made


def _at(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _keys(table: str, *members: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f(f"fk_{table}_conversation_id")
        ),
        *(
            sa.ForeignKeyConstraint([name], ["members.id"], name=op.f(f"fk_{table}_{name}"))
            for name in members
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _ids(*members: str) -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in members),
    ]


def _partial(
    name: str, table: str, columns: list[str], where: str, *, unique: bool = False
) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def upgrade() -> None:
    """The tables, and the triggers of this database's kind."""
    op.create_table(
        "duties",
        *_ids("raised_by", "closed_by"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        _at("raised_at", nullable=False),
        _at("due_at", nullable=False),
        _at("tell_at"),
        _at("told_at"),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("recipient", sa.String(length=24), nullable=True),
        _at("reported_at"),
        _at("closed_at"),
        *_keys("duties", "raised_by", "closed_by"),
    )
    _partial(
        "uq_duties_open", "duties", ["conversation_id", "kind"], "closed_at IS NULL", unique=True
    )
    _partial("ix_duties_open", "duties", ["due_at"], "closed_at IS NULL")
    _partial("ix_duties_tell", "duties", ["tell_at"], "tell_at IS NOT NULL")
    op.create_index(op.f("ix_duties_conversation_id"), "duties", ["conversation_id"])
    op.create_index(op.f("ix_duties_closed_at"), "duties", ["closed_at"])

    people = ("first_by", "second_by", "refused_by", "given_by")
    op.create_table(
        "disclosures",
        *_ids(*people),
        sa.Column("authority", sa.String(length=24), nullable=False),
        sa.Column("ground", sa.String(length=24), nullable=False),
        sa.Column("asked_for", sa.JSON(), nullable=False),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        _at("asked_at", nullable=False),
        sa.Column("first_leads", sa.Boolean(), nullable=True),
        _at("first_at"),
        sa.Column("second_leads", sa.Boolean(), nullable=True),
        _at("second_at"),
        sa.Column("refusal", sa.String(length=24), nullable=True),
        _at("refused_at"),
        sa.Column("given", sa.JSON(none_as_null=True), nullable=True),
        _at("given_at"),
        _at("given_on"),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        *_keys("disclosures", "asked_by", *people),
        sa.UniqueConstraint("form_key", name=op.f("uq_disclosures_form_key")),
    )
    _partial(
        "ix_disclosures_unsettled",
        "disclosures",
        ["id"],
        "given_at IS NULL AND refused_at IS NULL",
    )
    op.create_index(op.f("ix_disclosures_conversation_id"), "disclosures", ["conversation_id"])

    op.create_table(
        "exports",
        *_ids(),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(length=24), nullable=False),
        sa.Column("held_back", sa.Integer(), nullable=False),
        _at("at", nullable=False),
        *_keys("exports", "member_id"),
    )
    op.create_index(op.f("ix_exports_conversation_id"), "exports", ["conversation_id"])

    op.create_table(
        "register_words",
        *_ids(),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        _at("at", nullable=False),
        *_keys("register_words", "member_id"),
        sa.UniqueConstraint("entry_id", "part", name=op.f("uq_register_words_entry_id_part")),
    )
    op.create_index(
        op.f("ix_register_words_conversation_id"), "register_words", ["conversation_id"]
    )
    for statement in _statements(postgres=op.get_bind().dialect.name == "postgresql"):
        op.execute(statement)
