"""The team: its key pairs, who was admitted, its recovery sheets and its news."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _member(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["members.id"], name=op.f(f"fk_{table}_{column}"))


def _team(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_generation")
    return sa.ForeignKeyConstraint(["generation"], ["teams.generation"], name=name)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "teams",
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("public_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("earlier_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        _member("teams", "made_by"),
        sa.PrimaryKeyConstraint("generation", name=op.f("pk_teams")),
    )
    op.create_table(
        "roster",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("member_generation", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tag_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("admitted_at", moment, nullable=False),
        sa.Column("admitted_by", sa.Uuid(), nullable=False),
        _team("roster"),
        _member("roster", "member_id"),
        _member("roster", "admitted_by"),
        sa.PrimaryKeyConstraint("generation", "member_id", name=op.f("pk_roster")),
    )
    op.create_index(op.f("ix_roster_member_id"), "roster", ["member_id"])
    op.create_table(
        "sheets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("tag_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("check_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_at", moment, nullable=True),
        sa.Column("used_at", moment, nullable=True),
        sa.Column("used_by", sa.Uuid(), nullable=True),
        sa.Column("replaced_at", moment, nullable=True),
        _team("sheets"),
        _member("sheets", "made_by"),
        _member("sheets", "used_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheets")),
        sa.UniqueConstraint("public", name=op.f("uq_sheets_public")),
    )
    op.create_table(
        "team_news",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", moment, nullable=False),
        _member("team_news", "member_id"),
        _member("team_news", "by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_news")),
    )
    op.create_table(
        "team_news_noted",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("news_id", sa.Uuid(), nullable=False),
        _member("team_news_noted", "member_id"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_team_news_noted")),
    )
