"""The machine's copies end: what it has read, what has left, what it will never go on with."""

from datetime import datetime, timedelta

from handlers.house import House
from handlers.receive import IN_ONE_BREATH
from storage import compacting, copies

GIVEN_UP = timedelta(hours=24)
"""After which nobody goes on with a question, and nobody asks whether a text has arrived."""

AT_ONCE = 500
TABLES = ("messages", "outbox")


async def forget_keys(house: House) -> int:
    """Those that the line has lately sealed under. Asked for once a minute."""
    house.db.forget()
    return 0


async def wipe_copies(house: House) -> int:
    """Destroy what is spent; how many copies that were.

    Neither that stays in the log of SQLite, nor what anybody else has ended since the last round: a
    session, a copy that was sent, a search. Where somebody reads, the next round does it: nobody
    may write while it waits for them.
    """
    now, wiped = house.now(), 0
    for table in TABLES:
        wiped += await _wipe(house, table, now)
    if compacting.lies_in_log(house.db):
        await compacting.truncate_log(house.db, compacting.IN_PASSING)
    return wiped


async def _wipe(house: House, table: str, now: datetime) -> int:
    spent = (table, now - IN_ONE_BREATH, now - GIVEN_UP, AT_ONCE)
    async with house.db.read_for_work() as tx:
        if not await copies.spent(tx, *spent, lock=False):
            return 0
    async with house.db.write() as tx:
        ids = await copies.spent(tx, *spent, lock=True)
        await copies.wipe(tx, table, ids)
    return len(ids)
