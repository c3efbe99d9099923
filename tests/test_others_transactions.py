"""Another role's old transaction holds back what is written anew, although we see little of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from structlog.testing import capture_logs

from handlers.note_still_read import note_still_read
from handlers.scripts import Scripts
from storage import compacting, tables
from storage.compacting import StillRead
from tests.clock import Clock
from tests.world import World, house_on
from utvag.doctor_postgres import examine_postgres
from utvag.finding import Verdict


@pytest.fixture(params=["postgresql"])
def database_url(postgres_database: str) -> str:
    return postgres_database


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compacting, "WAITS", 100)


class Roles:
    """Of this test alone."""

    def __init__(self, url: str) -> None:
        self.given = url
        self.line, self.report = (f"role_{uuid4().hex[:12]}" for _ in range(2))

    def url(self, role: str) -> str:
        if role == "given":
            return self.given
        name = self.line if role == "line" else self.report
        as_role = make_url(self.given).set(username=name, password=name)
        return as_role.render_as_string(hide_password=False)


def _own(conn: Connection, role: str) -> None:
    """A plain role owns the database and all that is in it."""
    every = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    for name in list(conn.scalars(text(f"{every} AND relkind = 'r'"))):
        conn.exec_driver_sql(f'ALTER TABLE "{name}" OWNER TO {role}')


@pytest.fixture
async def roles(database_url: str) -> AsyncIterator[Roles]:
    roles, name = Roles(database_url), make_url(database_url).database
    engine = create_async_engine(database_url, poolclass=NullPool)
    async with engine.begin() as conn:
        given = await conn.scalar(text("SELECT current_user"))
        for role in (roles.line, roles.report):
            await conn.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD '{role}'")
        await conn.exec_driver_sql(f"ALTER DATABASE {name} OWNER TO {roles.line}")
        await conn.run_sync(_own, roles.line)
        await conn.exec_driver_sql(f"GRANT CONNECT ON DATABASE {name} TO {roles.report}")
        await conn.exec_driver_sql(f"GRANT SELECT ON members TO {roles.report}")
    yield roles
    async with engine.begin() as conn:
        for role in (roles.line, roles.report):
            await conn.exec_driver_sql(f'REASSIGN OWNED BY {role} TO "{given}"')
            await conn.exec_driver_sql(f"DROP OWNED BY {role}")
            await conn.exec_driver_sql(f"DROP ROLE {role}")
    await engine.dispose()


@asynccontextmanager
async def reading(url: str) -> AsyncIterator[int]:
    """An old transaction of this role; its backend's pid."""
    engine: AsyncEngine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as conn:
            apart = await conn.execution_options(isolation_level="REPEATABLE READ")
            await apart.execute(text("SET application_name = 'a report'"))
            await apart.commit()
            pid = await apart.scalar(text("SELECT pg_backend_pid()"))
            await apart.execute(select(tables.members.c.id))
            yield int(str(pid))
    finally:
        await engine.dispose()


SIDES = [("line", "report"), ("line", "given"), ("given", "report")]


@pytest.mark.parametrize(("ours", "theirs"), SIDES)
async def test_what_is_written_anew_waits_for_it(
    world: World, roles: Roles, clock: Clock, scripts: Scripts, ours: str, theirs: str
) -> None:
    async with house_on(roles.url(ours), clock, scripts) as house:
        async with reading(roles.url(theirs)) as pid:
            with pytest.raises(StillRead) as raised:
                await compacting.rewrite(house.db, ["members"])
            assert [one.pid for one in raised.value.those] == [pid]
        assert await compacting.rewrite(house.db, ["members"]) == []


async def test_the_log_and_doctor_say_whose_it_is_and_that_its_age_is_unknown(
    world: World, roles: Roles, clock: Clock, scripts: Scripts
) -> None:
    async with (
        house_on(roles.url("line"), clock, scripts) as house,
        reading(roles.url("report")) as pid,
    ):
        with pytest.raises(StillRead) as raised:
            await compacting.rewrite(house.db, ["members"])
        with capture_logs() as logs:
            for _ in range(2):
                note_still_read(house, "a work", raised.value.those)
        assert [(one["pid"], one["application"], one["seconds"]) for one in logs] == [
            (pid, "a report", None)
        ]
        found = [one for one in await examine_postgres(house) if f"pid {pid} " in one.text]
        assert [one.verdict for one in found] == [Verdict.NOTE]
        assert "(a report), open for an unknown time" in found[0].text


async def test_whoever_holds_a_table_is_named_too(
    world: World, roles: Roles, clock: Clock, scripts: Scripts
) -> None:
    async with (
        house_on(roles.url("line"), clock, scripts) as house,
        reading(roles.url("report")) as pid,
    ):
        assert [one.pid for one in await compacting.who_holds(house.db, "members")] == [pid]
