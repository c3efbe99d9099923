"""`utvag backup DIR`: what the line knows at one moment, sealed, in two files of their own."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy.engine import make_url

from handlers.house import House
from handlers.list_said import sealed
from storage import (
    backup_gone,
    backup_keys,
    backup_marks,
    backup_postgres,
    backup_said,
    backup_sqlite,
)
from storage.backup_marks import Kind, Mark
from storage.backup_scope import About
from storage.backup_stream import Half, Sealing
from utvag import backup_folder
from utvag.backup_folder import MANIFEST, PART, Manifest, Sum


class Picture(Protocol):
    """The database at one moment."""

    about: About
    gone: list[tuple[UUID, bool]]

    def main(self) -> AsyncIterator[tuple[str, bytes]]:
        """The half without the contacts' keys, part by part."""

    def apart(self) -> AsyncIterator[tuple[str, bytes]]:
        """The half with them."""


@dataclass(frozen=True)
class Made:
    """A back-up that has taken its place."""

    name: str
    rows: int
    bytes: int
    retired: list[str]


def is_postgres(url: str) -> bool:
    """Whether it is PostgreSQL's address."""
    return make_url(url).get_backend_name() == "postgresql"


def sweep_aside(url: str) -> None:
    """Nothing stays beside the database that a killed back-up has left there."""
    if not is_postgres(url):
        backup_sqlite.sweep(url, backup_sqlite.ASIDE)


def _picture(url: str, made_at: str) -> AbstractAsyncContextManager[Any]:
    if is_postgres(url):
        return backup_postgres.picture(url, made_at)
    return backup_sqlite.picture(url, made_at)


async def back_up(house: House, url: str, folder: Path, lists: list[Path]) -> Made:
    """Make one, then remove those that have had their time.

    `lists`: of who was deleted, wherever the line keeps one. Raises Busy, CannotWrite, NoProgram
    and ProgramFailed; there is no new back-up then, and none is removed.
    """
    sweep_aside(url)
    with backup_folder.alone_in(folder):
        backup_folder.sweep(folder)
        now = house.now()
        async with _picture(url, now.isoformat()) as picture:
            manifest = await _written(house, picture, folder, now)
            with backup_folder.to_disk():
                await _keep_list(house, picture, folder, lists)
        async with house.db.write() as tx:
            await backup_marks.put(tx, Mark(Kind.BACKUP, now, folder=str(folder)))
        retired = backup_folder.retire(folder, now, house.backups)
    size = sum(one.size for one in manifest.files.values())
    return Made(manifest.name, sum(picture.about.rows.values()), size, retired)


async def _written(house: House, picture: Picture, folder: Path, now: datetime) -> Manifest:
    generation, key = house.db.keys.backup
    async with house.db.read() as tx:
        wrapped = await backup_keys.wrapped(tx, generation)
    set_id = uuid4()
    name = backup_folder.name_of(now, set_id)
    bare = Manifest(name, set_id, now, picture.about.engine, generation, wrapped)
    gone = backup_gone.block(generation, wrapped, key, picture.gone)
    temporary = {half: folder / f".{name}.{half}{PART}" for half in Half}
    try:
        sums = {
            half: await _sealed(path, bare, half, key, picture, gone)
            for half, path in temporary.items()
        }
        manifest = replace(bare, files=sums)
        for half, path in temporary.items():
            backup_folder.put(folder, path, f"{name}.{half}")
        last = folder / f".{name}{MANIFEST}{PART}"
        with backup_folder.written(last) as file:
            file.write(manifest.packed(key))
        backup_folder.put(folder, last, f"{name}{MANIFEST}")
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)
    return manifest


async def _sealed(
    path: Path, manifest: Manifest, half: Half, key: bytes, picture: Picture, gone: bytes
) -> Sum:
    with backup_folder.written(path) as file:
        sealing = Sealing(file, manifest.head(half), key)
        sealing.write("about", picture.about.packed())
        if half is Half.MAIN:
            sealing.write("deleted", gone)
        async for part, content in picture.main() if half is Half.MAIN else picture.apart():
            sealing.write(part, content)
        sealing.end()
    return file.sum


async def _keep_list(house: House, picture: Picture, folder: Path, lists: list[Path]) -> None:
    """The folder's lists of who was deleted, and of what was said, know all that the database and
    the line's own know."""
    generation, key = house.db.keys.backup
    async with house.db.read() as tx:
        wrapped = await backup_keys.wrapped(tx, generation)
        word = await sealed(house, tx, [backup_said.kept(house.now())])
    for path in lists:
        backup_said.merge(path.parent, folder)
    backup_gone.add(folder / backup_said.file_name(house.now()), word)
    backup_said.retire(folder, house.now(), house.backups)
    here = folder / backup_gone.NAME
    known = backup_gone.listed(here)
    for path in lists:
        if other := backup_gone.listed(path):
            backup_gone.add(here, backup_gone.unknown(other, known))
            known = backup_gone.listed(here)
    mine = backup_gone.block(generation, wrapped, key, picture.gone)
    if fresh := backup_gone.unknown(mine, known):
        backup_gone.add(here, fresh)
