"""What became of a send that may or may not have happened: the provider is asked.

It is asked twice, 10 s apart, before anything is sent again; a provider out of reach is asked
later, and the counsellor sees "Unknown" meanwhile (contract.md, design.md "Out").
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from domain.delivery import Delivery
from handlers.house import House
from handlers.send import letters, tell
from senders.sender import CannotBeAsked, Letter, OutOfReach, Senders
from storage import copies, outbox
from storage.database import Tx
from storage.outbox import Sending

AT_ONCE = 16
BETWEEN = timedelta(seconds=10)
OUT_OF_REACH = timedelta(seconds=30)
LONGEST = timedelta(hours=24)
"""After that one that is still out of reach is asked no more: the copy goes (`handlers.wipe`), and
what was written later need not wait."""
ASKS = 2


async def settle(house: House, senders: Senders) -> int:
    """Ask about all that is unknown and due, many at a time; how many rows that were."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        if not await outbox.any_unsettled(tx, now):
            return 0
    await find_lost(house)
    async with house.db.write() as tx:
        rows = await outbox.unsettled(tx, now, AT_ONCE)
        await outbox.save(tx, (replace(row, due_at=now + OUT_OF_REACH) for row in rows))
        texts = await letters(tx, rows, await copies.to_send(tx, (row.id for row in rows)))
    asking = [_ask(house, senders, row, texts[row.id]) for row in rows]
    for failed in await asyncio.gather(*asking, return_exceptions=True):
        if failed is not None:
            raise failed
    return len(rows)


async def find_lost(house: House) -> None:
    """Rows whose lease ran out become unknown, and are asked about at once."""
    now = house.now()
    async with house.db.write() as tx:
        found = (await outbox.lost(tx, now, AT_ONCE)).values()
        moves = (outbox.moved(row, Delivery.UNKNOWN, now, due_at=now) for row in found)
        unknown = [row for row in moves if row is not None]
        await outbox.save(tx, unknown)
        await tell(tx, unknown, now)


async def _ask(house: House, senders: Senders, row: Sending, letter: Letter) -> None:
    found: list[str] | None
    try:
        found = await _sent(senders, row, letter)
    except OutOfReach:
        if house.now() < row.changed_at + LONGEST:
            return
        found = None
    except CannotBeAsked:
        found = None
    now = house.now()
    async with house.db.write() as tx:
        here = (await outbox.locked(tx, [row.id]))[row.id]
        if here.state is not Delivery.UNKNOWN or here.attempts != row.attempts:
            return
        after = await _concluded(tx, here, found, now)
        await outbox.save(tx, [after])
        if (after.state, after.pending) != (here.state, here.pending):
            await tell(tx, [after], now)
    house.wake.outbox()


async def _sent(senders: Senders, row: Sending, letter: Letter) -> list[str]:
    """By their names there. Raises OutOfReach, also where the channel is off, and CannotBeAsked."""
    sender = senders.get(row.channel)
    if sender is None:
        raise OutOfReach
    return list(await sender.sent_since(letter, row.first_leased_at or row.made_at))


async def _concluded(tx: Tx, row: Sending, found: list[str] | None, now: datetime) -> Sending:
    """`found` is None where the provider cannot be asked: a counsellor sees "Unknown", and what
    was written later need not wait for it any longer."""
    if found is None:
        return replace(row, pending=False)
    taken = await outbox.claimed(tx, found)
    free = [provider_id for provider_id in found if provider_id not in taken]
    if free:
        after = outbox.moved(row, Delivery.SENT, now, provider_id=free[0])
    elif row.misses + 1 < ASKS:
        return replace(row, misses=row.misses + 1, due_at=now + BETWEEN)
    else:
        after = outbox.moved(row, Delivery.QUEUED, now, due_at=now, misses=0)
    return after or row
