"""The running line seals to its contacts what was written before there was a team, and replaces the
server's keys under which it lay."""

from datetime import timedelta
from uuid import UUID

import structlog

from handlers.house import House
from handlers.note_still_read import note_still_read
from handlers.only_one import hold
from handlers.rotate_keys import rotate_after_sealing
from storage import compacting, generations, resealing, team
from storage.compacting import StillRead
from storage.encryption import WrongSecretKey
from storage.resealing import COMPACTED, KINDS

LASTS = timedelta(minutes=2)
"""Of the lease: a process that dies is followed after it."""

NAME = "resealing"

log = structlog.get_logger()


async def reseal(house: House, holder: UUID) -> int:
    """A few rows more; how many were looked at. 0: there is nothing to do before the next look."""
    async with house.db.read_for_work() as tx:
        name = await resealing.unfinished(tx)
        if name is None or await team.public_key(tx) is None:
            return 0
    if not await hold(house, NAME, holder, LASTS):
        return 0
    if name == COMPACTED:
        await _compact(house)
        return 0
    async with house.db.write() as tx:
        return await resealing.step(tx, name, house.now())


async def _compact(house: House) -> None:
    if not await compacting.truncate_log(house.db):
        return
    try:
        large = await compacting.rewrite(house.db, ("outbox", *(kind.name for kind in KINDS)))
    except StillRead as waits:
        note_still_read(house, NAME, waits.those)
        return
    if large:
        log.warning("tables_not_compacted", tables=large)
    now = house.now()
    try:
        async with house.db.write() as tx:
            await generations.hold(tx)
            first = await resealing.compacted(tx, now)
            if first and await resealing.had_any(tx):
                await rotate_after_sealing(house, tx, now)
    except WrongSecretKey:  # it was changed: a process that was restarted since does it
        return
    log.warning("texts_sealed_to_the_team")
