"""The running line exchanges what lies under older keys of the server's, and destroys those."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from handlers.house import House
from handlers.note_still_read import note_still_read
from handlers.only_one import hold
from storage import audit, compacting, generation_use, generations, rekeying
from storage.compacting import StillRead
from storage.database import Tx
from storage.generations import Generation
from storage.rekeyed import KINDS
from storage.rekeying import KEYS, TABLES

LASTS = timedelta(minutes=2)
"""Of the lease: a process that dies is followed after it."""

NAME = "rekeying"

log = structlog.get_logger()


@dataclass(frozen=True)
class _Due:
    name: str | None
    """What is to be looked through next; None: everything was."""
    generation: int
    keys_to_compact: bool


async def rekey(house: House, holder: UUID) -> int:
    """A few rows more; how many were looked at. 0: there is nothing to do before the next look."""
    due = await _due(house)
    if due is None or not await hold(house, NAME, holder, LASTS):
        return 0
    if due.keys_to_compact:
        return await _compact(house, ("keys",), KEYS, due.generation)
    if due.name is None:
        return await _destroy(house)
    if due.name == TABLES:
        names = tuple(kind.name for kind in KINDS)
        return await _compact(house, names, TABLES, due.generation)
    async with house.db.write() as tx:
        return await rekeying.step(tx, due.name, due.generation, house.now())


async def _due(house: House) -> _Due | None:
    """None where there is nothing old, or it is not settled yet that nobody writes by it."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        there = await generations.every(tx)
        newest = generations.newest(there, "text")
        compact = await rekeying.is_due(tx, KEYS)
        if not compact and (not _replaced(there) or now < newest.settled_at):
            return None
        name = await rekeying.unfinished(tx, newest.number)
    return _Due(name, newest.number, compact)


def _replaced(there: list[Generation]) -> list[Generation]:
    """Those that can be destroyed once nothing needs them."""
    old = (one for one in there if generations.after(there, one) is not None)
    return [one for one in old if one.purpose not in generations.KEPT]


async def _compact(house: House, names: tuple[str, ...], what: str, generation: int) -> int:
    """Nothing of what was overwritten stays in the database's files."""
    if not await compacting.truncate_log(house.db):
        return 0
    try:
        large = await compacting.rewrite(house.db, names)
    except StillRead as waits:
        note_still_read(house, NAME, waits.those)
        return 0
    if large and what == KEYS:  # so few that it is somebody who reads: at the next look once more
        note_still_read(house, NAME, await compacting.who_holds(house.db, *names))
        return 0
    if large:
        log.warning("tables_not_compacted", tables=large)
    async with house.db.write() as tx:
        await rekeying.note(tx, what, generation, done_at=house.now())
    return 1


async def _destroy(house: House) -> int:
    """Those that nothing needs any more; how many."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        ready = await _not_needed(tx, now)
    if not ready:
        return 0
    async with house.db.write() as tx:
        await generations.hold(tx)
        there = await generations.every(tx)
        if await rekeying.unfinished(tx, generations.newest(there, "text").number) is not None:
            return 0
        gone = [one for one in await _not_needed(tx, now) if await generations.destroy(tx, one)]
        for one in gone:
            audit.note(tx, "key_destroyed", now, detail=f"{one.purpose} {one.number}")
        await rekeying.note(tx, KEYS, generations.newest(there, "text").number)
    log.warning("keys_destroyed", keys=[f"{one.purpose} {one.number}" for one in gone])
    return len(gone)


async def _not_needed(tx: Tx, now: datetime) -> list[Generation]:
    there = await generations.every(tx)
    found = []
    for one in _replaced(there):
        later = generations.after(there, one)
        since = later.seals_from if later else now
        if now < since + generation_use.HELD:
            continue
        if not await generation_use.waits_for(tx, one, since, now):
            found.append(one)
    return found
