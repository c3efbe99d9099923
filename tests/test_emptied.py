"""A PostgreSQL database that another test had is like one that nobody had, or is not used again."""

from collections.abc import Iterator

import asyncpg
import pytest

from tests.databases import GROWN, Server, postgres_url
from tests.emptied import Kept


@pytest.fixture
def kept(grown_server: Server) -> Iterator[Kept]:
    made = grown_server.database(GROWN)
    yield made
    grown_server.over(made)


def written(server: Server, kept: Kept) -> dict[str, list[str]]:
    """All that stands in it."""

    async def rows(table: str) -> list[str]:
        found = await kept.connection.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")
        return [row[0] for row in found]

    return {table: server.runner.run(rows(table)) for table in kept.tables}


def test_what_was_written_changed_and_deleted_is_as_it_was(
    grown_server: Server, kept: Kept
) -> None:
    before = written(grown_server, kept)
    assert before["public.members"] and before["public.lines"] and not before["public.notes"]
    say = kept.connection.execute
    for statement in (
        "UPDATE alembic_version SET version_num = 'another'",
        "DELETE FROM members",
        "UPDATE keys SET generation = generation + 1",
        "INSERT INTO alembic_version VALUES ('one more')",
        "DELETE FROM audit",
    ):
        grown_server.runner.run(say(statement))
    assert written(grown_server, kept) != before
    assert grown_server.runner.run(kept.emptied())
    assert written(grown_server, kept) == before


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE events RENAME TO events_away",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "ALTER TABLE notes ADD COLUMN more integer",
        "CREATE TABLE more (id integer)",
        "DROP TABLE alembic_version",
        "CREATE SCHEMA more",
        "CREATE INDEX more ON notes (id)",
        "ALTER TABLE notes ALTER COLUMN id SET NOT NULL, ALTER id SET DEFAULT gen_random_uuid()",
    ],
)
def test_where_more_than_rows_was_changed_nobody_has_it_again(
    grown_server: Server, kept: Kept, statement: str
) -> None:
    grown_server.runner.run(kept.connection.execute(statement))
    assert not grown_server.runner.run(kept.emptied())


def test_whoever_is_still_there_is_cut_off(grown_server: Server, kept: Kept) -> None:
    run = grown_server.runner.run
    url = postgres_url(grown_server.address, kept.name).replace("+asyncpg", "", 1)
    left = run(asyncpg.connect(url))
    run(left.execute("BEGIN"))
    run(left.execute("DELETE FROM members"))
    assert run(kept.emptied())
    assert run(kept.connection.fetchval("SELECT count(*) FROM members")) == 1
    with pytest.raises(asyncpg.InterfaceError):
        run(left.execute("COMMIT"))
