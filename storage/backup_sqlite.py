"""A back-up of a SQLite database while it is written to, and the way back into an empty file.

SQLite itself makes the copy (`VACUUM INTO`), in the database's own folder, where nobody else may
read: texts, numbers and names in it are sealed as they are in the database, and what lets somebody
in is taken out of it first. It is gone before the command ends; what a killed one left, the next
one removes, or the line when it is started.
"""

import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy.engine import make_url

from storage.backup_scope import APART, OMITTED, About, NotEmpty
from storage.backup_stream import FRAME

ASIDE = ".backing-up-"
FILLING = ".restoring-"
"""In the name of a file that is gone in the end."""

Parts = Iterator[tuple[str, bytes]]


def file_of(url: str) -> Path:
    """The database's file."""
    return Path(make_url(url).database or "")


class UnderWay(Exception):
    """Another `utvag restore` fills this place at this moment."""


class LeftBeside(Exception):
    """SQLite would take the log of another database for this one's; the message is its name."""


def sweep(url: str, kind: str) -> bool:
    """Remove what killed commands left; False where one of them runs, whose files stay."""
    file = file_of(url)
    running: list[str] = []
    for path in sorted(file.parent.glob(f"{file.name}{kind}*")):
        if not path.name.startswith(tuple(running)) and not _removed(path):
            running.append(path.name)
    return not running


def _removed(path: Path) -> bool:
    """False where somebody holds it. It goes while we do, so that whoever makes it sees that."""
    with suppress(FileNotFoundError):
        opened = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        except BlockingIOError:
            return False
        finally:
            os.close(opened)
    return True


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """A new file for us alone, which nobody sweeps away until the end of the block."""
    opened = _locked(path)
    while not path.exists():  # swept away before we held it
        os.close(opened)
        opened = _locked(path)
    try:
        yield
    finally:
        os.close(opened)


def _locked(path: Path) -> int:
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(opened, fcntl.LOCK_EX)
    return opened


class SqlitePicture:
    """The database at one moment."""

    def __init__(
        self, main: Path, apart: Path, about: About, gone: list[tuple[UUID, bool]]
    ) -> None:
        """Use `picture`."""
        self._main, self._apart, self.about, self.gone = main, apart, about, gone

    async def main(self) -> AsyncIterator[tuple[str, bytes]]:
        """The half without the contacts' keys."""
        for read in _read(self._main):
            yield "sqlite", read

    async def apart(self) -> AsyncIterator[tuple[str, bytes]]:
        """The half with them."""
        for read in _read(self._apart):
            yield "sqlite", read


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while read := file.read(FRAME):
            yield read


@asynccontextmanager
async def picture(url: str, made_at: str) -> AsyncIterator[SqlitePicture]:
    """The database as it is now; nobody who writes waits for it."""
    source = file_of(url)
    name = f"{source.name}{ASIDE}{uuid4().hex}"
    main, apart = source.with_name(name), source.with_name(f"{name}-apart")
    try:
        with _held(main):
            apart.touch(mode=0o600)
            with closing(sqlite3.connect(source, timeout=8, isolation_level=None)) as live:
                live.execute("VACUUM INTO ?", (str(main),))
            yield SqlitePicture(main, apart, *_parted(main, apart, made_at))
    finally:
        for path in (main, apart):
            path.unlink(missing_ok=True)


def _parted(main: Path, apart: Path, made_at: str) -> tuple[About, list[tuple[UUID, bool]]]:
    with closing(sqlite3.connect(main, isolation_level=None)) as copy:
        _quiet(copy)
        rows = _counted(copy)
        for table in OMITTED:
            copy.execute(f"DELETE FROM main.{table}")  # noqa: S608 - our own names
        (revision,) = copy.execute("SELECT version_num FROM alembic_version").fetchone()
        gone = copy.execute(
            "SELECT contact_id, keeps_notes FROM deletions WHERE stage <> 'asked'"
        ).fetchall()
        copy.execute("ATTACH ? AS apart", (str(apart),))
        for table in APART:
            copy.execute(f"CREATE TABLE apart.{table} AS SELECT * FROM main.{table}")  # noqa: S608 - our own names
            copy.execute(f"DELETE FROM main.{table}")  # noqa: S608 - our own names
        copy.execute("DETACH apart")
        copy.execute("VACUUM")
    about = About("sqlite", revision, made_at, rows, {t: [] for t in APART})
    return about, [(UUID(contact), bool(keeps)) for contact, keeps in gone]


def _quiet(copy: sqlite3.Connection) -> None:
    """No journal of it beside it, and nothing of what is deleted left in it."""
    for pragma in ("journal_mode = OFF", "secure_delete = ON", "temp_store = MEMORY"):
        copy.execute(f"PRAGMA {pragma}").fetchall()


def _counted(copy: sqlite3.Connection) -> dict[str, int]:
    names = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    ours = [name for (name,) in names if not name.startswith("sqlite_")]
    return {
        name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - its own names
        for name in ours
    }


def tables_in(url: str) -> int:
    """How many tables it has; 0 where there is no file."""
    file = file_of(url)
    if not file.exists() or not file.stat().st_size:
        return 0
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as there:
        return len(_counted(there))


def _refuse(url: str) -> None:
    if tables := tables_in(url):
        raise NotEmpty(tables)
    log = file_of(url).with_name(f"{file_of(url).name}-wal")
    if log.exists() and log.stat().st_size:
        raise LeftBeside(str(log))


@contextmanager
def filling(url: str) -> Iterator[tuple[str, "SqliteFilling"]]:
    """The address of a new file, and what fills it. It takes its place, whole, at the end of the
    block; until then there is nothing there. Raises NotEmpty, LeftBeside and UnderWay."""
    target = file_of(url)
    _refuse(url)
    if not sweep(url, FILLING):
        raise UnderWay
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = target.with_name(f"{target.name}{FILLING}{uuid4().hex}")
    try:
        with _held(beside):
            yield f"sqlite+aiosqlite:///{beside}", SqliteFilling(beside)
            with closing(sqlite3.connect(beside)) as done:
                done.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            _synced(beside)
            _refuse(url)
            beside.replace(target)
            _synced(target.parent)
    finally:
        for left in target.parent.glob(f"{beside.name}*"):
            left.unlink(missing_ok=True)


class SqliteFilling:
    """Puts a back-up's halves into the new file."""

    def __init__(self, file: Path) -> None:
        """An empty one."""
        self._file = file

    async def main(self, parts: Parts) -> None:
        """The half without the contacts' keys."""
        _written(self._file, parts)

    async def apart(self, parts: Parts, about: About) -> None:
        """The half with them; those whose contacts are not there are left out."""
        del about
        other = self._file.with_name(f"{self._file.name}-apart")
        _written(other, parts)
        with closing(sqlite3.connect(self._file, isolation_level=None)) as copy:
            copy.execute("ATTACH ? AS apart", (str(other),))
            copy.execute("BEGIN")
            for table in APART:
                _insert(copy, table)
            copy.execute("COMMIT")
            copy.execute("DETACH apart")
        other.unlink()


def _insert(copy: sqlite3.Connection, table: str) -> None:
    names = [row[1] for row in copy.execute(f"PRAGMA apart.table_info({table})")]
    columns = ", ".join(f'"{name}"' for name in names)
    copy.execute(
        f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM apart.{table}"  # noqa: S608 - our own names
        " WHERE contact_id IN (SELECT id FROM contacts)"
    )


def _written(path: Path, parts: Iterable[tuple[str, bytes]]) -> None:
    with path.open("wb") as file:
        path.chmod(0o600)
        for name, content in parts:
            if name == "sqlite":
                file.write(content)


def _synced(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
