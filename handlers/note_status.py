"""A provider tells what became of a text: recorded, never backwards, in whatever order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from domain.delivery import Delivery, may_follow
from handlers.house import House
from handlers.send import opt_out, tell, window_refused
from handlers.send_pages import PAGE, page_delivered, page_undelivered
from handlers.storing import storing
from senders.opted_out import OPTED_OUT
from storage import outbox
from storage.database import Tx
from storage.outbox import Sending


@dataclass(frozen=True)
class Status:
    """What a status callback says."""

    code: str
    """Ours, out of the callback's address."""
    state: Delivery
    provider_id: str | None
    error_code: int | None


async def note_statuses(house: House, statuses: Sequence[Status]) -> None:
    """Record them; a code that nobody knows changes nothing. Raises CannotStore."""
    if await storing(partial(_note_all, house, statuses)):
        house.wake.outbox()
    for status in statuses:
        if status.code.startswith(PAGE):
            await _note_page(house, status)


async def _note_page(house: House, status: Status) -> None:
    if status.state in {Delivery.UNDELIVERED, Delivery.FAILED}:
        await storing(partial(page_undelivered, house, status.code, status.error_code))
    elif status.state is Delivery.DELIVERED:
        await storing(partial(page_delivered, house, status.code))


async def _note_all(house: House, statuses: Sequence[Status]) -> bool:
    async with house.db.write() as tx:
        return await _note(tx, statuses, house.now())


async def _note(tx: Tx, statuses: Sequence[Status], now: datetime) -> bool:
    """Whether something that was written later may leave now."""
    known = await outbox.by_codes(tx, (status.code for status in statuses))
    heard = [(known[status.code].id, status) for status in statuses if status.code in known]
    told = ((known[s.code], s) for s in statuses if s.code in known)
    refused = [(row, s.error_code or 0) for row, s in told if may_follow(row.state, s.state)]
    by_whom = [(row, OPTED_OUT[code]) for row, code in refused if code in OPTED_OUT]
    blocked = await opt_out(tx, by_whom, now)
    await window_refused(tx, refused)
    before = await outbox.locked(tx, (row_id for row_id, _ in heard))
    after = dict(before)
    for row_id, status in heard:
        after[row_id] = _after(after[row_id], status, now)
    changed = [row for row in after.values() if row != before[row.id]]
    await outbox.save(tx, changed)
    await tell(tx, changed, now, blocked)
    return any(before[row.id].pending and not row.pending for row in changed)


def _after(row: Sending, status: Status, now: datetime) -> Sending:
    also: dict[str, object] = {}
    if status.provider_id and row.provider_id is None:
        also["provider_id"] = status.provider_id
    if status.error_code is not None:
        also["error_code"] = status.error_code
    return outbox.moved(row, status.state, now, None, **also) or row
