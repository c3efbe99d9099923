"""What somebody tried and was refused is written down, once a minute at most for the same."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.member import Member
from handlers.errors import MustStayAway, NotAllowed
from handlers.house import House
from storage import audit
from storage.database import Tx

QUIET = timedelta(minutes=1)
"""For which the same refusal of the same member is not written down again."""


async def note_refused(house: House, member: Member, error: NotAllowed, place: str) -> None:
    """`place`: what they tried it on, as the address says it; anything but an id is left out."""
    now = house.now()
    what = "kept_away" if isinstance(error, MustStayAway) else str(error.act or "")
    try:
        on = UUID(place) if place else None
    except ValueError:
        on = None
    async with house.db.write() as tx:
        if not await audit.noted_since(tx, "refused", now - QUIET, member.id, on, what):
            audit.note(tx, "refused", now, member.id, on, what)


def note_wrong_sign_ins(tx: Tx, now: datetime, wrong: int) -> None:
    """Those that are forgotten in this transaction: how many, never by which names."""
    if wrong:
        audit.note(tx, "wrong_sign_ins", now, detail=wrong)
