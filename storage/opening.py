"""From an address to an opened database: its keys are read, and made when it is new."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import tables
from storage.database import Database, engines
from storage.encryption import PURPOSES, Keyring, Wrapper
from storage.ids import new_id
from storage.version import NotMigrated, is_current


async def open_database(
    url: str, secret: str, now: datetime, *, restoring: bool = False
) -> Database:
    """Open a migrated database. Raises NotMigrated, HalfRestored, WrongSecretKey or a driver's own
    error. `restoring`: the one that is being restored, and was migrated."""
    writer, reader = engines(url)
    try:
        if not restoring and not await is_current(reader):
            raise NotMigrated
        keys = await _keyring(writer, Wrapper(secret), now)
    except BaseException:  # also where it is cancelled: no connection is left open
        await writer.dispose()
        await reader.dispose()
        raise
    return Database(writer, reader, keys)


async def _keyring(engine: AsyncEngine, wrapper: Wrapper, now: datetime) -> Keyring:
    async with engine.begin() as conn:
        found = await _unwrapped(conn, wrapper)
        missing = [p for p in PURPOSES if not any(q == p for q, _ in found)]
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
            found = await _unwrapped(conn, wrapper)
    return Keyring(found)


async def _unwrapped(conn: AsyncConnection, wrapper: Wrapper) -> dict[tuple[str, int], bytes]:
    k = tables.keys.c
    rows = await conn.execute(select(k.purpose, k.generation, k.wrapped))
    return {(p, g): wrapper.unwrap(p, g, w) for p, g, w in rows}
