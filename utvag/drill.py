"""`utvag restore DIR --drill`: a restore into a place of its own, to know that it would work.

The folder of the data, or a database of its own on the same server; either is removed in the end,
and what a killed drill left by the next one.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from storage import audit, backup_marks, contacts, members, tables
from storage.backup_marks import Kind, Mark
from storage.backup_postgres import connected
from storage.database import Database, Tx, Unavailable
from storage.opening import open_database
from storage.pair_tables import contact_keys
from storage.version import HalfRestored, NotMigrated
from utvag.back_up import is_postgres
from utvag.restore import Checked, Restored, restore
from utvag.settings import Settings

STAY = ("lines", "members", "contacts", "conversations", "messages", "outbox", "openings", "events")
"""Of these a restore removes no row."""

FOLDER = "utvag-drill-"
_AT_ONCE = 1000


class MayNot(Exception):
    """The database's role may not make a database of its own."""


class DrillFailed(Exception):
    """What was restored is not what was backed up; the message says what of it."""


@dataclass(frozen=True)
class Drilled:
    """What a drill has shown."""

    restored: Restored
    contacts: int
    """Whose addresses open."""
    entries: int
    """Of the log about staff, each as it was written."""
    noted: bool
    """That it was done is written down in the line's own database."""


async def drill(checked: Checked, given: Settings, now: datetime) -> Drilled:
    """Nothing of it is kept but that it was done. Raises MayNot and DrillFailed, and what `restore`
    raises."""
    secret = given.secret_key.get_secret_value()
    async with _place(given) as url:
        restored = await restore(checked, url, secret, now, without_list=True)
        db = await open_database(url, secret, now)
        try:
            reached, entries = await _examined(db, checked)
        finally:
            await db.close()
    noted = await _note(given, secret, Mark(Kind.DRILL, now, checked.manifest.made_at))
    return Drilled(restored, reached, entries, noted)


@asynccontextmanager
async def _place(given: Settings) -> AsyncIterator[str]:
    if not is_postgres(given.database):
        given.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(given.data_dir)
        folder = given.data_dir.resolve() / f"{FOLDER}{uuid4().hex}"
        try:
            yield f"sqlite+aiosqlite:///{folder}/utvag.sqlite3"
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    name = f"{make_url(given.database).database}_drill"
    async with connected(given.database) as conn:
        await conn.execute(f'DROP DATABASE IF EXISTS "{name}"')
        try:
            await conn.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        except asyncpg.InsufficientPrivilegeError as error:
            raise MayNot from error
        try:
            yield make_url(given.database).set(database=name).render_as_string(hide_password=False)
        finally:
            await conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{FOLDER}*"):
        shutil.rmtree(left, ignore_errors=True)


async def _examined(db: Database, checked: Checked) -> tuple[int, int]:
    async with db.read() as tx:
        for name in STAY:
            count = select(func.count()).select_from(tables.metadata.tables[name])
            there = (await tx.conn.execute(count)).scalar_one()
            if there < checked.about.rows.get(name, 0):
                raise DrillFailed(f"{name}: {there} of {checked.about.rows[name]} rows")
        await members.names(tx)
        reached = await _reached(tx)
        head = await audit.verify(tx, None)
    if isinstance(head, audit.Broken):
        raise DrillFailed(f"entry {head.number} of the log about staff")
    return reached, head.number


async def _reached(tx: Tx) -> int:
    ids = (await tx.conn.execute(select(tables.contacts.c.id))).scalars().all()
    reached = 0
    for begin in range(0, len(ids), _AT_ONCE):
        found = await contacts.addresses(tx, ids[begin : begin + _AT_ONCE])
        reached += sum(bool(one.theirs) for one in found.values())
    with_keys = select(func.count()).select_from(contact_keys)
    if reached < (keys := (await tx.conn.execute(with_keys)).scalar_one()):
        raise DrillFailed(f"{reached} of {keys} contacts' addresses open")
    return reached


async def _note(given: Settings, secret: str, mark: Mark) -> bool:
    try:
        db = await open_database(given.database, secret, mark.at)
    except (*Unavailable, NotMigrated, HalfRestored):
        return False
    try:
        async with db.write() as tx:
            await backup_marks.put(tx, mark)
    finally:
        await db.close()
    return True
