"""What providers keep of messages goes: asked, tried again, and in the end somebody's task.

Leased, asked with no transaction open, and recorded. To ask twice does no harm, so that whoever
finds a lease that ran out simply asks again.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from domain.delivery import FINAL, Delivery
from domain.message import Channel
from handlers.house import House
from senders.sender import Gone, Kept, Refused, Removal, Removers, TryLater
from storage import outbox, provider_copies
from storage.outbox import Sending
from storage.provider_copies import Copy, Kind

AT_ONCE = 16
LEASE = timedelta(seconds=60)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
MOST_ATTEMPTS = 12
"""About a day and a half."""

UNDER_WAY = timedelta(minutes=10)
"""After which it is looked again whether a text has come to its end."""

NO_WORD = timedelta(hours=24)
"""After which a text of which the provider tells no end is taken for finished."""

TELEGRAM = timedelta(hours=48)
"""A bot deletes no older messages (https://core.telegram.org/bots/api#deletemessage)."""


async def remove_copies(house: House, removers: Removers) -> int:
    """Ask about what is due; how many were asked about or put off."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        if not await provider_copies.any_due(tx, now):
            return 0
    async with house.db.write() as tx:
        leased = await provider_copies.lease(tx, now, now + LEASE, AT_ONCE)
        waited = [copy.outbox_id for copy in leased if copy.outbox_id]
        rows = await outbox.by_ids(tx, waited) if waited else {}
    asking = [_ask(house, removers, copy, rows) for copy in leased]
    for failed in await asyncio.gather(*asking, return_exceptions=True):
        if failed is not None:
            raise failed
    return len(leased)


async def _ask(house: House, removers: Removers, copy: Copy, rows: Mapping[UUID, Sending]) -> None:
    now = house.now()
    row = rows.get(copy.outbox_id) if copy.outbox_id else None
    remover = removers.get(copy.channel)
    if remover is None or (row is not None and _is_under_way(row, now)):
        async with house.db.write() as tx:
            await provider_copies.again(tx, copy, now + UNDER_WAY, copy.error_code, asked=False)
        return
    named = row.provider_id if row is not None else copy.provider_id
    if row is not None and row.state is Delivery.UNKNOWN and not named:
        await _leave_to_people(house, copy)
        return
    result: Removal = Gone()
    if named:
        kept = Kept(named, copy.chat, words_only=copy.kind is Kind.BODY)
        result = await remover.remove(kept)
    async with house.db.write() as tx:
        if isinstance(result, Gone):
            await provider_copies.gone(tx, [copy.id])
            return
        code = result.error_code if isinstance(result, Refused) else copy.error_code
        await provider_copies.again(tx, copy, _next(copy, result, house.now()), code)


async def _leave_to_people(house: House, copy: Copy) -> None:
    """It may lie there under a name that nobody has told us."""
    async with house.db.write() as tx:
        await provider_copies.again(tx, copy, None, copy.error_code, asked=False)


def _is_under_way(row: Sending, now: datetime) -> bool:
    """The provider is asked once it is final, or was not heard of for so long. One without a
    name there is of a contact who was deleted."""
    if row.pending:
        return True
    if row.state in FINAL or row.provider_id is None:
        return False
    return now - (row.accepted_at or row.made_at) < NO_WORD


def _next(copy: Copy, result: Removal, now: datetime) -> datetime | None:
    """When it is asked again; None: never by itself."""
    if isinstance(result, Refused) or copy.attempts + 1 >= MOST_ATTEMPTS:
        return None
    wait = min(FIRST_RETRY * float(2**copy.attempts), LONGEST_RETRY)
    if isinstance(result, TryLater) and result.after is not None:
        wait = max(wait, timedelta(seconds=result.after))
    due_at = now + wait
    lost = copy.channel is Channel.TELEGRAM and due_at - copy.made_at >= TELEGRAM
    return None if lost else due_at
