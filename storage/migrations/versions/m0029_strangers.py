"""What is asked about somebody whom the line does not know; each agreement is a row of its own, so
that one that does not count any more can be followed by another. What keeps a conversation from
every deletion for a while."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_OLD = ("first", "second")
_PEOPLE = ("asked_by", "refused_by", "given_by")


def _at(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _refuses(table: str, deed: str, when: str, *, postgres: bool) -> str:
    name = f"{table}_stand_{deed.lower()}"
    if postgres:
        return (
            f"CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH ROW {when}"
            " EXECUTE FUNCTION register_stands()"
        )
    return (
        f"CREATE TRIGGER {name} BEFORE {deed} ON {table} {when}"
        " BEGIN SELECT RAISE(ABORT, 'the register is only added to'); END"
    )


_ENDED = {
    "duties": "OLD.closed_at IS NOT NULL",
    "disclosures": "(OLD.given_at IS NOT NULL OR OLD.refused_at IS NOT NULL)",
    "exports": "OLD.at IS NOT NULL",
    "agreements": "OLD.at IS NOT NULL",
}

_NIGHT = "EXISTS (SELECT 1 FROM retention_nights WHERE step = 'register')"


def _let_go(*, postgres: bool) -> None:
    """An entry is removed in the night's own step, once it has ended, and at no other time."""
    if postgres:
        op.execute(
            "CREATE FUNCTION register_goes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {_NIGHT} THEN RETURN OLD; END IF;"
            " RAISE EXCEPTION 'the register is only added to'; END $$"
        )
    for table, ended in _ENDED.items():
        op.execute(
            f"DROP TRIGGER IF EXISTS {table}_stand_delete" + (f" ON {table}" if postgres else "")
        )
        if postgres:
            for name, when, does in (
                ("stand_delete", f"NOT {ended}", "register_stands"),
                ("goes", ended, "register_goes"),
            ):
                op.execute(
                    f"CREATE TRIGGER {table}_{name} BEFORE DELETE ON {table} FOR EACH ROW"
                    f" WHEN ({when}) EXECUTE FUNCTION {does}()"
                )
        else:
            op.execute(
                _refuses(table, "DELETE", f"WHEN NOT ({ended} AND {_NIGHT})", postgres=False)
            )


def _agreements() -> None:
    op.create_table(
        "agreements",
        sa.Column("disclosure_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        _at("at", nullable=False),
        sa.ForeignKeyConstraint(
            ["disclosure_id"], ["disclosures.id"], name=op.f("fk_agreements_disclosure_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_agreements_member_id")
        ),
        sa.PrimaryKeyConstraint("disclosure_id", "member_id", name=op.f("pk_agreements")),
    )


def _carry_over(source: str) -> None:
    for which in _OLD:
        op.execute(
            "INSERT INTO agreements (disclosure_id, member_id, leads, at)"  # noqa: S608 - our names
            f" SELECT id, {which}_by, {which}_leads, {which}_at FROM {source}"
            f" WHERE {which}_by IS NOT NULL"
        )


def _change_sqlite() -> None:
    """SQLite lets no column become empty: the table is made anew. Its triggers go with it."""
    kept = (
        *("id", "conversation_id", "authority", "ground", "asked_for", "silent", "asked_by"),
        *("asked_at", "refusal", "refused_by", "refused_at", "given", "given_by", "given_at"),
        *("given_on", "form_key"),
    )
    op.create_table(
        "disclosures_new",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("authority", sa.String(length=24), nullable=False),
        sa.Column("ground", sa.String(length=24), nullable=False),
        sa.Column("asked_for", sa.JSON(), nullable=False),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        _at("asked_at", nullable=False),
        _at("tell_at"),
        sa.Column("refusal", sa.String(length=24), nullable=True),
        sa.Column("refused_by", sa.Uuid(), nullable=True),
        _at("refused_at"),
        sa.Column("given", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        _at("given_at"),
        _at("given_on"),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_disclosures_conversation_id")
        ),
        *(
            sa.ForeignKeyConstraint([one], ["members.id"], name=op.f(f"fk_disclosures_{one}"))
            for one in _PEOPLE
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
        sa.UniqueConstraint("form_key", name=op.f("uq_disclosures_form_key")),
    )
    columns = ", ".join(kept)
    copied = f"INSERT INTO disclosures_new ({columns}) SELECT {columns} FROM disclosures"  # noqa: S608 - our names
    op.execute(copied)
    op.execute("DROP TABLE disclosures")
    op.rename_table("disclosures_new", "disclosures")


def _change_postgres() -> None:
    for deed in ("update", "delete"):
        op.execute(f"DROP TRIGGER disclosures_stand_{deed} ON disclosures")
    op.alter_column("disclosures", "conversation_id", nullable=True)
    for which in _OLD:
        for what in ("by", "leads", "at"):
            op.drop_column("disclosures", f"{which}_{what}")
    op.add_column("disclosures", _at("tell_at"))


def _partial(name: str, column: str, where: str) -> None:
    op.create_index(
        name, "disclosures", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(length=16), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        _at("at", nullable=False),
        _at("until", nullable=False),
        _at("lifted_at"),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_holds_conversation_id")
        ),
        *(
            sa.ForeignKeyConstraint([one], ["members.id"], name=op.f(f"fk_holds_{one}"))
            for one in ("by_id", "lifted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_conversation_id"), "holds", ["conversation_id"])
    standing = sa.text("lifted_at IS NULL")
    op.create_index(
        "uq_holds_standing",
        "holds",
        ["conversation_id"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )


def upgrade() -> None:
    """What was agreed to before is carried over."""
    _holds()
    postgres = op.get_bind().dialect.name == "postgresql"
    if postgres:
        _agreements()
        _carry_over("disclosures")
        _change_postgres()
    else:
        op.execute("CREATE TEMPORARY TABLE agreed_before AS SELECT * FROM disclosures")
        _change_sqlite()
        _agreements()
        _carry_over("agreed_before")
        op.execute("DROP TABLE agreed_before")
        unsettled = "given_at IS NULL AND refused_at IS NULL"
        _partial("ix_disclosures_unsettled", "id", unsettled)
        op.create_index(op.f("ix_disclosures_conversation_id"), "disclosures", ["conversation_id"])
    _partial("ix_disclosures_tell", "tell_at", "tell_at IS NOT NULL")
    op.create_table(
        "stranger_words",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        _at("at", nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["disclosures.id"], name=op.f("fk_stranger_words_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_stranger_words_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stranger_words")),
        sa.UniqueConstraint("entry_id", "part", name=op.f("uq_stranger_words_entry_id_part")),
    )
    _let_go(postgres=postgres)
    ended = "WHEN (OLD.given_at IS NOT NULL OR OLD.refused_at IS NOT NULL)"
    for table, deed, when in (
        ("disclosures", "UPDATE", ended),
        ("agreements", "UPDATE", ""),
    ):
        op.execute(_refuses(table, deed, when, postgres=postgres))
    if postgres:
        op.execute(
            "CREATE TRIGGER agreements_stand_whole BEFORE TRUNCATE ON agreements"
            " FOR EACH STATEMENT EXECUTE FUNCTION register_stands()"
        )
