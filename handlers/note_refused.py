"""What somebody tried and was refused is written down: the first, and how many more in a minute."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.member import Member
from domain.noted import Noted
from handlers.errors import MustStayAway, NotAllowed
from handlers.house import House
from storage import audit, refusals
from storage.database import Tx
from storage.refusals import More

QUIET = timedelta(minutes=1)
"""Within which further refusals of the same kind to the same member are one entry, whatever they
were tried on: nobody fills the log with them."""


async def note_refused(house: House, member: Member, error: NotAllowed, place: str) -> None:
    """`place`: what they tried it on, as the address says it; anything but an id is left out."""
    now = house.now()
    what = "kept_away" if isinstance(error, MustStayAway) else str(error.act or "")
    try:
        on = UUID(place) if place else None
    except ValueError:
        on = None
    async with house.db.write() as tx:
        first, more = await refusals.is_first(tx, member.id, what, now, now - QUIET)
        if more:
            _note_more(tx, more, now)
        if first:
            audit.note(tx, Noted.REFUSED, now, member.id, on, what)


async def note_more_refused(house: House) -> int:
    """Of the minutes that are over: how many more there were."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        if not await refusals.any_over(tx, now - QUIET):
            return 0
    async with house.db.write() as tx:
        for more in await refusals.over(tx, now - QUIET):
            _note_more(tx, more, now)
    return 0


def _note_more(tx: Tx, more: More, now: datetime) -> None:
    detail = f"{more.number} {more.what}"
    audit.note(tx, Noted.REFUSED_MORE, now, more.member_id, detail=detail)


def note_wrong_sign_ins(tx: Tx, now: datetime, wrong: int) -> None:
    """Those that are forgotten in this transaction: how many, never by which names."""
    if wrong:
        audit.note(tx, "wrong_sign_ins", now, detail=wrong)
