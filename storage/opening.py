"""From an address to an opened database: its keys are read, and made when it is new."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import tables
from storage.database import Database, engines, for_work
from storage.encryption import PURPOSES, Keyring, Wrapper
from storage.ids import new_id
from storage.known_keys import KnownKeys, Row, ring
from storage.version import NotMigrated, is_current


async def open_database(
    url: str,
    secret: str,
    now: datetime,
    clock: Callable[[], datetime] | None = None,
    *,
    restoring: bool = False,
) -> Database:
    """Open a migrated database. Raises NotMigrated, HalfRestored, WrongSecretKey or a driver's own
    error. `restoring`: the one that is being restored, and was migrated.

    `clock`: by it the keys are read again while it is open; without it they are those of now.
    """
    writer, reader = engines(url)
    wrapper = Wrapper(secret)
    try:
        if not restoring and not await is_current(reader):
            raise NotMigrated
        keys = await _keyring(writer, wrapper, now)
    except BaseException:  # also where it is cancelled: no connection is left open
        await writer.dispose()
        await reader.dispose()
        raise
    apart = for_work(writer, reader)

    async def load(known: Keyring) -> Keyring:
        async with apart.begin() as conn:
            found = await unwrapped(conn, wrapper, known)
        return ring(found, clock() if clock else now)

    return Database(writer, reader, KnownKeys(keys, load, clock), wrapper)


async def _keyring(engine: AsyncEngine, wrapper: Wrapper, now: datetime) -> Keyring:
    async with engine.begin() as conn:
        found = await unwrapped(conn, wrapper)
        missing = [p for p in PURPOSES if not any(row.purpose == p for row in found)]
        if missing:
            add = (postgresql if conn.dialect.name == "postgresql" else sqlite).insert(tables.keys)
            await conn.execute(
                add.on_conflict_do_nothing(),
                [
                    {
                        "id": new_id(now),
                        "purpose": purpose,
                        "generation": 1,
                        "wrapped": wrapper.new(purpose, 1),
                        "made_at": now,
                    }
                    for purpose in missing
                ],
            )
            found = await unwrapped(conn, wrapper)
    return ring(found, now)


async def unwrapped(
    conn: AsyncConnection, wrapper: Wrapper, known: Keyring | None = None
) -> dict[Row, bytes]:
    """All generations and their keys; those that are known are not unwrapped again, so that a
    process goes on whose UTVAG_SECRET_KEY has been changed. Raises WrongSecretKey."""
    k = tables.keys.c
    rows = await conn.execute(select(k.purpose, k.generation, k.wrapped, k.made_at))
    have = known.known() if known else {}
    found = (Row(*row) for row in rows)
    return {
        row: have.get((row.purpose, row.generation))
        or wrapper.unwrap(row.purpose, row.generation, row.wrapped)
        for row in found
    }
