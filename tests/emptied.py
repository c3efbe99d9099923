"""When is a PostgreSQL database, once a test is over, as good as a new one?

When nobody is connected to it, nothing of its tables, triggers and rights was changed, and what was
written is gone again. Then the next test has it: making one and dropping it takes the server ten
times as long. What is not sure is dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

ROWS = 2_000
"""Deleted rows lie about until a database is dropped, and are passed over by whoever reads."""

EMPTIES = "empties"
"""By this name PostgreSQL knows the one connection that no test has."""

CATALOGS = (
    "pg_attrdef", "pg_attribute", "pg_class", "pg_constraint", "pg_depend", "pg_extension",
    "pg_index", "pg_namespace", "pg_proc", "pg_publication", "pg_trigger", "pg_type",
)  # fmt: skip
"""What PostgreSQL itself knows of a database: each change writes a row anew."""

SHAPE = (
    "SELECT concat_ws(' '"
    + "".join(f", (SELECT (count(*), max(xmin::text::bigint)) FROM {name})" for name in CATALOGS)
    + ", (SELECT (xmin, datallowconn) FROM pg_database WHERE datname = current_database())"
    ", (SELECT count(*) FROM pg_db_role_setting), (SELECT count(*) FROM pg_largeobject_metadata))"
)
ALONE = (
    "SELECT coalesce(bool_and(pg_terminate_backend(pid, 10000)), true) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
TABLES = (
    "SELECT format('%I.%I', nspname, relname) FROM pg_class c JOIN pg_namespace n"
    " ON n.oid = relnamespace WHERE relkind IN ('r', 'p') AND nspname NOT LIKE 'pg\\_%'"
    " AND nspname <> 'information_schema' ORDER BY 1"
)


@dataclass
class Kept:
    """A database that is used again, and the connection by which it is emptied."""

    name: str
    template: str
    connection: asyncpg.Connection
    tables: Sequence[str]
    shape: str
    born_with: dict[str, str]
    """By table in which the template had rows: a hash of them."""
    rows: dict[str, list[str]]
    """And the rows themselves."""
    deleted: int = 0

    @classmethod
    async def of(cls, name: str, template: str, connection: asyncpg.Connection) -> "Kept":
        """A database that was made just now."""
        await connection.execute("SET session_replication_role = replica")  # no trigger is asked
        tables = [row[0] for row in await connection.fetch(TABLES)]
        shape = await connection.fetchval(SHAPE)
        made = cls(name, template, connection, tables, shape, {}, {})
        made.born_with = dict.fromkeys(await made._filled(), "")
        made.born_with = await made._hashes()
        for table in made.born_with:
            rows = await connection.fetch(f"SELECT t::text FROM {table} t")
            made.rows[table] = [row[0] for row in rows]
        return made

    async def emptied(self) -> bool:
        """Whether it is as it was; the answer no leaves it in any state."""
        try:
            if not await self.connection.fetchval(ALONE):
                return False
            if await self.connection.fetchval(SHAPE) != self.shape:
                return False
            async with self.connection.transaction():
                await self._put_back()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return False
        return self.deleted < ROWS

    async def _put_back(self) -> None:
        there = await self._hashes()
        changed = {table for table, rows in self.born_with.items() if there[table] != rows}
        if filled := changed | {*await self._filled()} - self.born_with.keys():
            steps = [f"d{n} AS (DELETE FROM {t} RETURNING 1)" for n, t in enumerate(filled)]
            counts = [f"(SELECT count(*) FROM d{n})" for n in range(len(filled))]
            asked = f"WITH {', '.join(steps)} SELECT {' + '.join(counts)}"
            self.deleted += await self.connection.fetchval(asked)
        for table in changed:
            again = f"INSERT INTO {table} SELECT (row::{table}).* FROM unnest($1::text[]) AS row"
            await self.connection.execute(again, self.rows[table])

    async def _filled(self) -> list[str]:
        """The tables in which something stands."""
        each = (f"SELECT '{t}' WHERE EXISTS (SELECT FROM {t})" for t in self.tables)
        return [row[0] for row in await self.connection.fetch(" UNION ALL ".join(each))]

    async def _hashes(self) -> dict[str, str]:
        """What stands in the tables that the template had filled."""
        each = (
            f"SELECT '{t}', md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM {t} t"
            for t in self.born_with
        )
        return {row[0]: row[1] for row in await self.connection.fetch(" UNION ALL ".join(each))}
