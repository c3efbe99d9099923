"""Whoever is deleted is written on a list that outlives the database, so that no restore brings
them back (storage.backup_gone)."""

from pathlib import Path

import structlog
from sqlalchemy import select

from domain.deletion import Stage
from handlers.house import House
from storage import backup_gone, backup_keys, backup_marks
from storage.backup_marks import Kind
from storage.database import Tx
from storage.deletion_tables import deletions

log = structlog.get_logger()


async def list_deleted(house: House) -> None:
    """Everybody whose deletion was confirmed stands on the line's own list, and on that of the
    folder where the last back-up lies, if it can be reached from here."""
    if house.lists is None:
        return
    generation, key = house.db.keys.backup
    async with house.db.read_for_work() as tx:
        d = deletions.c
        rows = await tx.conn.execute(
            select(d.contact_id, d.keeps_notes).where(d.stage != Stage.ASKED)
        )
        gone = [(row.contact_id, row.keeps_notes) for row in rows]
        wrapped = await backup_keys.wrapped(tx, generation) if gone else b""
        folders = [house.lists, *await _folder(tx)]
    if gone:
        block = backup_gone.block(generation, wrapped, key, gone)
        for folder in folders:
            _keep(folder, block, make=folder == house.lists)


async def _folder(tx: Tx) -> list[Path]:
    last = (await backup_marks.every(tx)).get(Kind.BACKUP)
    return [Path(last.folder)] if last and last.folder else []


def _keep(folder: Path, block: bytes, *, make: bool) -> None:
    """A folder that is not there, or not ours to write to, is told of; the next back-up adds what
    is missing."""
    path = folder / backup_gone.NAME
    try:
        if make:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if fresh := backup_gone.unknown(block, backup_gone.listed(path)):
            backup_gone.add(path, fresh)
    except OSError as error:
        log.warning("deletions_not_listed", error=type(error).__name__)
