"""What contacts and staff say that must outlive the database is listed beside it, some seconds
after it was said (storage.backup_said)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from handlers.house import House
from storage import backup_gone, backup_keys, backup_marks, backup_said, said_since
from storage.backup_marks import Kind
from storage.backup_said import Word
from storage.database import Tx
from storage.said_since import Place

KEPT_EVERY = timedelta(hours=1)
"""So often it says that it is kept, though nothing was said."""

log = structlog.get_logger()


class Listing:
    """Of one serving process. Whatever it has not listed it finds again by the events of as many
    days as back-ups are kept; what stands there twice counts once."""

    def __init__(self, house: House) -> None:
        """Nothing is listed yet."""
        self._house = house
        self._place: Place | None = None
        self._known: dict[tuple[str, UUID], object] = {}
        self._kept_at: datetime | None = None

    async def go_on(self) -> int:
        """List what was said since the last time; how much that was."""
        house, now = self._house, self._house.now()
        if house.lists is None:
            return 0
        async with house.db.read_for_work() as tx:
            here = await said_since.place(tx)
            if self._place is None:
                self._place = await said_since.place(tx, now - house.backups - backup_said.A_DAY)
            words = await self._new(tx, self._place, here, now)
            if not words and self._kept_at and now - self._kept_at < KEPT_EVERY:
                return 0
            block = await sealed(house, tx, [*words, backup_said.kept(now)])
            folders = await _folders(tx, house.lists)
        kept = [_keep(house, folder, block, now) for folder in folders]
        if not kept[0]:
            return 0  # once more the next time
        self._place, self._kept_at = here, now
        self._known |= {(word.kind, word.of): word.so for word in words}
        return len(words)

    async def _new(self, tx: Tx, place: Place, here: Place, now: datetime) -> list[Word]:
        if place == here:
            return []
        words = await said_since.contacts(tx, place[0], now)
        words += await said_since.members(tx, place[1], now)
        return [word for word in words if self._known.get((word.kind, word.of)) != word.so]


async def sealed(house: House, tx: Tx, words: Sequence[Word]) -> bytes:
    """As it is written, under the key of back-ups."""
    generation, key = house.db.keys.backup
    return backup_said.block(generation, await backup_keys.wrapped(tx, generation), key, words)


async def _folders(tx: Tx, ours: Path) -> list[Path]:
    last = (await backup_marks.every(tx)).get(Kind.BACKUP)
    return [ours, *([Path(last.folder)] if last and last.folder else [])]


def _keep(house: House, folder: Path, block: bytes, now: datetime) -> bool:
    """A folder that is not there, or not ours to write to, is told of; the next back-up adds what
    is missing."""
    try:
        if folder == house.lists:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            backup_said.retire(folder, now, house.backups)
        backup_gone.add(folder / backup_said.file_name(now), block)
    except OSError as error:
        log.warning("said_not_listed", error=type(error).__name__)
        return False
    return True
