"""`utvag restore DIR`: everything is verified before anything is written, and then all of it is
there or nothing."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from handlers.finish_restore import Finished, finish_restore
from storage import backup_gone, backup_postgres, backup_said, backup_sqlite
from storage.backup_gone import Gone
from storage.backup_postgres import PostgresFilling
from storage.backup_said import Heard
from storage.backup_scope import OMITTED, About, NotEmpty
from storage.backup_sqlite import SqliteFilling
from storage.backup_stream import BackupBroken, Half, Why, head_of, opened
from storage.encryption import SealBroken, Wrapper, WrongSecretKey
from storage.opening import open_database
from storage.schema import migrate
from storage.version import MARKER
from utvag import backup_folder
from utvag.back_up import is_postgres
from utvag.backup_folder import MANIFEST, Manifest


class NoBackup(Exception):
    """There is no whole back-up in the folder, or none of this name."""


class NoList(Exception):
    """What was said after the back-up stands nowhere."""


class OtherEngine(Exception):
    """The back-up is of SQLite and UTVAG_DATABASE_URL names PostgreSQL, or the other way round."""


@dataclass(frozen=True)
class Checked:
    """A back-up of which every byte is as it was written."""

    manifest: Manifest
    main: Path
    apart: Path
    about: About
    """Of the main half."""
    apart_about: About
    gone: Gone
    heard: Heard

    @property
    def has_list(self) -> bool:
        """What was said since it was made stands on a list that is there."""
        until = self.heard.until
        return until is not None and until >= self.manifest.made_at


@dataclass(frozen=True)
class Restored:
    """What is there now."""

    name: str
    made_at: datetime
    rows: int
    again: Finished
    """What was said since, and was done once more."""
    sealed: int
    """How many lines stand under another secret key alone, and were not done once more."""


def check(
    folder: Path,
    wrapper: Wrapper,
    name: str = "",
    lists: tuple[Path, ...] = (),
    others: tuple[Wrapper, ...] = (),
) -> Checked:
    """The newest back-up, or the one of this name, read to its end.

    `lists`: of who was deleted, wherever the line keeps one, which `others` open, too. Raises
    NoBackup, BackupBroken, WrongSecretKey, and OSError for a list that is no file of its own.
    """
    there = backup_folder.names(folder) if folder.is_dir() else []
    if not there or (name and name not in there):
        raise NoBackup
    chosen = name or there[0]
    manifest = _manifest(folder, chosen, wrapper)
    halves = {half: backup_folder.check_file(folder, manifest, half) for half in Half}
    said = {half: _about(path, manifest, half, wrapper) for half, path in halves.items()}
    gone, heard = Gone(wrapper, *others), Heard(wrapper, *others)
    for each in (folder / backup_gone.NAME, *lists):
        gone.read(backup_gone.listed(each))
        for day in backup_said.lists_in(each.parent):
            heard.read(backup_gone.listed(day))
    for other in there:
        for known in (wrapper, *others):
            _read_gone(folder / f"{other}.{Half.MAIN}", gone, known)
    main, apart = halves[Half.MAIN], halves[Half.APART]
    return Checked(manifest, main, apart, said[Half.MAIN], said[Half.APART], gone, heard)


def _manifest(folder: Path, name: str, wrapper: Wrapper) -> Manifest:
    """Where the key in it does not open but the one in a half does, it is the manifest that is
    wrong."""
    path = folder / f"{name}{MANIFEST}"
    try:
        return backup_folder.check_manifest(path, wrapper)
    except WrongSecretKey:
        if any(_key_opens(folder / f"{name}.{half}", wrapper) for half in Half):
            raise BackupBroken(path.name, Why.CHANGED) from None
        raise


def _key_opens(path: Path, wrapper: Wrapper) -> bool:
    try:
        with path.open("rb") as file:
            head = head_of(file, path.name)
        wrapper.unwrap("backup", head.generation, head.wrapped)
    except (BackupBroken, WrongSecretKey, OSError):
        return False
    return True


def _about(path: Path, manifest: Manifest, half: Half, wrapper: Wrapper) -> About:
    """Reads all of it."""
    with path.open("rb") as file:
        if head_of(file, path.name) != manifest.head(half):
            raise BackupBroken(path.name, Why.CHANGED)
    said = b""
    for part, content in parts_of(path, wrapper):
        if part == "about":
            said += content
    try:
        return About.read(said)
    except SealBroken as error:
        raise BackupBroken(path.name, Why.FOREIGN) from error


def parts_of(path: Path, wrapper: Wrapper) -> Iterator[tuple[str, bytes]]:
    """All parts of a half, piece by piece."""
    with path.open("rb") as file:
        yield from opened(file, path.name, wrapper)


def _halfs(checked: Checked, half: Half, wrapper: Wrapper) -> Iterator[tuple[str, bytes]]:
    """The same file that was checked, or none: whoever writes into the folder may have put another
    back-up's half in its place meanwhile. Raises BackupBroken."""
    path = checked.main if half is Half.MAIN else checked.apart
    with path.open("rb") as file:
        if head_of(file, path.name) != checked.manifest.head(half):
            raise BackupBroken(path.name, Why.CHANGED)
        file.seek(0)
        yield from opened(file, path.name, wrapper)


def _read_gone(path: Path, gone: Gone, wrapper: Wrapper) -> None:
    """What another back-up knows, as far as it can be read: it stands near its beginning."""
    said = b""
    try:
        for part, content in parts_of(path, wrapper):
            if part == "deleted":
                said += content
            elif part != "about":
                break
    except (BackupBroken, WrongSecretKey, OSError):
        pass
    gone.read(said)  # as one: a line that lies in two frames is under the key that stands before it


async def restore(
    checked: Checked, url: str, secret: str, now: datetime, *, without_list: bool = False
) -> Restored:
    """Put it where there is nothing; killed at any point there is nothing yet, or what the next one
    removes. `without_list`: the list of what was said since is lost, or not all of it is there.

    Raises BackupBroken, NoList, NotEmpty, OtherEngine, LeftBeside, UnderWay, NoProgram and
    ProgramFailed."""
    if checked.manifest.engine != ("postgresql" if is_postgres(url) else "sqlite"):
        raise OtherEngine
    if not (checked.has_list or without_list):
        raise NoList
    wrapper = Wrapper(secret)
    async with _filling(url) as (place, fill):
        await fill.main(_halfs(checked, Half.MAIN, wrapper))
        await fill.apart(_halfs(checked, Half.APART, wrapper), checked.apart_about)
        await _set_version(place, checked.about)
        await migrate(place, restoring=True)
        again = await _finish(place, secret, now, checked, without_list=without_list)
    rows = sum(n for table, n in checked.about.rows.items() if table not in OMITTED)
    made_at = checked.manifest.made_at
    sealed = checked.gone.sealed + checked.heard.sealed
    return Restored(checked.manifest.name, made_at, rows, again, sealed)


@asynccontextmanager
async def _filling(
    url: str,
) -> AsyncIterator[tuple[str, SqliteFilling | PostgresFilling]]:
    if not is_postgres(url):
        with backup_sqlite.filling(url) as (place, fill):
            yield place, fill
        return
    async with backup_postgres.alone(url):
        await backup_postgres.sweep(url, MARKER)
        if tables := await backup_postgres.tables_in(url):
            raise NotEmpty(tables)
        await backup_postgres.mark(url, MARKER)
        yield url, PostgresFilling(url)


async def _set_version(url: str, about: About) -> None:
    """PostgreSQL's copy has no word of it yet."""
    if is_postgres(url):
        await backup_postgres.set_version(url, about.revision)


async def _finish(
    url: str, secret: str, now: datetime, checked: Checked, *, without_list: bool
) -> Finished:
    db = await open_database(url, secret, now, restoring=True)
    try:
        async with db.write() as tx:
            made_at, lists = checked.manifest.made_at, (checked.gone, checked.heard)
            again = await finish_restore(tx, now, made_at, *lists, without_list=without_list)
            if tx.postgres:
                await tx.conn.execute(text(f"DROP SCHEMA {MARKER} CASCADE"))
        return again
    finally:
        await db.close()
