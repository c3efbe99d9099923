"""Whether a code that was sent to a way is given back: in time, and not guessed."""

from datetime import datetime, timedelta
from enum import Enum
from hmac import compare_digest
from uuid import UUID

from handlers.house import House
from handlers.tell_ways import tell_ways
from storage import code_uses, pages, ways
from storage.code_uses import What
from storage.database import Tx
from storage.pages import CODE_RESTS, Kind
from storage.ways import Way

LASTS = timedelta(minutes=30)
"""A text may be slow; after it nobody needs the code any more."""

MOST_GUESSES = 5
"""In an hour, for one member, however many codes are asked for."""

HOUR = timedelta(hours=1)


class Given(Enum):
    """What a code that somebody gave was."""

    RIGHT = "right"
    EXPIRED = "expired"
    """It was the right one once, or was guessed at too often."""
    WRONG = "wrong"


async def guessed_out(tx: Tx, member_id: UUID, now: datetime) -> bool:
    """They, or whoever writes from what they added, have guessed too often: no code counts now."""
    return await code_uses.count(tx, member_id, What.GUESSED, now - HOUR) >= MOST_GUESSES


async def sweep_codes(house: House) -> None:
    """Forget what was asked for and guessed more than a day ago."""
    async with house.db.write() as tx:
        await code_uses.sweep(tx, house.now())


async def give_code(tx: Tx, way: Way, code: str, now: datetime) -> Given:
    """Of a way that is not verified: the right code verifies it, a wrong one counts as a guess."""
    asked = (await pages.newest(tx, [way.id], Kind.VERIFY, now - CODE_RESTS)).get(way.id)
    fresh = asked is not None and now - asked.made_at <= LASTS
    if asked is not None and fresh and not await guessed_out(tx, way.member_id, now):
        if compare_digest(asked.code.encode(), code.encode()):
            await ways.verify(tx, way.id, now)
            await tell_ways(tx, way.member_id, way.id, now)
            return Given.RIGHT
        await code_uses.add(tx, way.member_id, What.GUESSED, now)
    known = await pages.coded(tx, way.member_id, code, now - CODE_RESTS)
    old = any(page.kind is Kind.VERIFY and page.way_id == way.id for page in known)
    return Given.EXPIRED if old else Given.WRONG
