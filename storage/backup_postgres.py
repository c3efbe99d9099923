"""A back-up of a PostgreSQL database while it is written to, and the way back into an empty one.

One connection holds a snapshot; pg_dump, and what is kept apart, read that very moment. What they
say is sealed as it comes: nothing of it touches the disk.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import asyncpg
from sqlalchemy.engine import make_url

from storage.backup_programs import ProgramFailed, program, surroundings
from storage.backup_scope import APART, OMITTED, About
from storage.backup_sqlite import UnderWay
from storage.backup_stream import FRAME

VERSION = "alembic_version"
"""Of which migration it is; restored last, so that half a database is nobody's."""

Parts = Iterator[tuple[str, bytes]]
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


@asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of the driver's own, without a pool."""
    address = make_url(url).set(drivername="postgresql")
    conn = await asyncpg.connect(address.render_as_string(hide_password=False))
    try:
        yield conn
    finally:
        await conn.close(timeout=5)


class PostgresPicture:
    """The database at one moment."""

    def __init__(
        self,
        conn: "asyncpg.Connection[asyncpg.Record]",
        command: list[str],
        around: dict[str, str],
        about: About,
        gone: list[tuple[UUID, bool]],
    ) -> None:
        """Use `picture`."""
        self._conn, self._command, self._around = conn, command, around
        self.about, self.gone = about, gone

    async def main(self) -> AsyncIterator[tuple[str, bytes]]:
        """The half without the contacts' keys."""
        process = await asyncio.create_subprocess_exec(
            *self._command, env=self._around, stdin=DEVNULL, stdout=PIPE
        )
        try:
            while process.stdout and (read := await process.stdout.read(FRAME)):
                yield "pg_dump", read
            await _ended(process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def apart(self) -> AsyncIterator[tuple[str, bytes]]:
        """The half with them."""
        for table in APART:
            said: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=4)
            copying = asyncio.create_task(self._copied(table, said))
            try:
                while (read := await said.get()) is not None:
                    yield f"rows {table}", read
                await copying
            finally:
                copying.cancel()

    async def _copied(self, table: str, said: "asyncio.Queue[bytes | None]") -> None:
        columns = self.about.columns[table]
        try:
            await self._conn.copy_from_table(
                table, columns=columns, output=said.put, format="binary"
            )
        finally:
            await said.put(None)


@asynccontextmanager
async def picture(url: str, made_at: str) -> AsyncIterator[PostgresPicture]:
    """The database as it is now. Raises NoProgram and ProgramFailed."""
    async with connected(url) as conn:
        dump = program("pg_dump", conn.get_server_version().major)
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await conn.fetchval("SELECT pg_export_snapshot()")
            command = [str(dump), "--format=custom", "--no-owner", "--no-acl"]
            command.append(f"--snapshot={snapshot}")
            command += [f"--exclude-table-data=public.{t}" for t in (*OMITTED, *APART, VERSION)]
            names = [row["tablename"] for row in await conn.fetch(_TABLES)]
            rows = {n: await conn.fetchval(f'SELECT count(*) FROM "{n}"') for n in names}  # noqa: S608 - its own names
            columns = {table: await _columns(conn, table) for table in APART}
            revision = await conn.fetchval(f"SELECT version_num FROM {VERSION}")  # noqa: S608 - our own name
            about = About("postgresql", revision, made_at, rows, columns)
            gone = await conn.fetch(
                "SELECT contact_id, keeps_notes FROM deletions WHERE stage <> 'asked'"
            )
            theirs = [(UUID(str(row["contact_id"])), row["keeps_notes"]) for row in gone]
            yield PostgresPicture(conn, command, surroundings(url), about, theirs)


async def _columns(conn: "asyncpg.Connection[asyncpg.Record]", table: str) -> list[str]:
    rows = await conn.fetch(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position",
        table,
    )
    return [row["column_name"] for row in rows]


async def _ended(process: Process) -> None:
    if await process.wait():
        raise ProgramFailed


_LOCK = 0x75747665


@asynccontextmanager
async def alone(url: str) -> AsyncIterator[None]:
    """Nobody else restores here until the end of the block. Raises UnderWay."""
    async with connected(url) as conn:
        if not await conn.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            raise UnderWay
        yield


async def mark(url: str, marker: str) -> None:
    """From here on it is half, until the schema of this name is gone."""
    async with connected(url) as conn:
        await conn.execute(f"CREATE SCHEMA {marker}")


async def set_version(url: str, revision: str) -> None:
    """It stands at this migration."""
    async with connected(url) as conn, conn.transaction():
        await conn.execute(f"DELETE FROM {VERSION}")  # noqa: S608 - our own name
        await conn.execute(f"INSERT INTO {VERSION} VALUES ($1)", revision)  # noqa: S608 - our own name


async def tables_in(url: str) -> int:
    """How many tables it has, wherever in it."""
    async with connected(url) as conn:
        found: int = await conn.fetchval(
            "SELECT count(*) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        return found


_LEFT = """
DO $$ DECLARE each record; BEGIN
  FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP TABLE public.%I CASCADE', each.tablename);
  END LOOP;
  FOR each IN SELECT p.oid::regprocedure AS name FROM pg_proc p
      JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = 'public' AND NOT EXISTS
        (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
    EXECUTE format('DROP FUNCTION %s CASCADE', each.name);
  END LOOP;
END $$
"""


async def sweep(url: str, marker: str) -> bool:
    """Remove what a restore left that was broken off; False where none was."""
    async with connected(url) as conn, conn.transaction():
        there = await conn.fetchval("SELECT to_regnamespace($1) IS NOT NULL", marker)
        if there:
            await conn.execute(_LEFT)
            await conn.execute(f"DROP SCHEMA {marker} CASCADE")
        return bool(there)


class PostgresFilling:
    """Puts a back-up's halves into the database, which says until the end that it is half."""

    def __init__(self, url: str) -> None:
        """An empty one, marked."""
        self._url = url

    async def main(self, parts: Parts) -> None:
        """The half without the contacts' keys: all of it, or nothing. Raises NoProgram and
        ProgramFailed."""
        async with connected(self._url) as conn:
            restore = program("pg_restore", conn.get_server_version().major)
        process = await asyncio.create_subprocess_exec(
            *(str(restore), "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction"),
            f"--dbname={make_url(self._url).database}",
            env=surroundings(self._url),
            stdin=PIPE,
            stdout=DEVNULL,
        )
        try:
            await _fed(process, parts)
            await _ended(process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def apart(self, parts: Parts, about: About) -> None:
        """The half with them; those whose contacts are not there are left out."""
        pieces: dict[str, list[bytes]] = {}
        for name, content in parts:
            if name.startswith("rows "):
                pieces.setdefault(name.removeprefix("rows "), []).append(content)
        async with connected(self._url) as conn, conn.transaction():
            for table in APART:
                await _filled(conn, table, about.columns[table], pieces.get(table, []))


async def _fed(process: Process, parts: Parts) -> None:
    if process.stdin is None:
        return
    with suppress(ConnectionError):  # it ended before: by its status it says why
        for name, content in parts:
            if name == "pg_dump":
                process.stdin.write(content)
                await process.stdin.drain()
    process.stdin.close()


async def _filled(
    conn: "asyncpg.Connection[asyncpg.Record]", table: str, columns: list[str], read: list[bytes]
) -> None:
    if not read:
        return
    await conn.execute(f"CREATE TEMP TABLE aside (LIKE {table}) ON COMMIT DROP")
    await conn.copy_to_table("aside", source=_each(read), columns=columns, format="binary")
    names = ", ".join(f'"{name}"' for name in columns)
    await conn.execute(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM aside"  # noqa: S608 - our own names
        " WHERE contact_id IN (SELECT id FROM contacts)"
    )
    await conn.execute("DROP TABLE aside")


async def _each(read: list[bytes]) -> AsyncIterator[bytes]:
    for piece in read:
        yield piece
