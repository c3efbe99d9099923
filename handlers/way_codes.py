"""Whether a code that was sent to a way is given back: in time, and not guessed."""

from datetime import datetime, timedelta
from enum import Enum
from hmac import compare_digest

from storage import pages, ways
from storage.database import Tx
from storage.pages import CODE_RESTS, Kind
from storage.ways import Way

LASTS = timedelta(minutes=30)
"""A text may be slow; after it nobody needs the code any more."""

MOST_GUESSES = 5
"""At one code; then another one has to be asked for."""


class Given(Enum):
    """What a code that somebody gave was."""

    RIGHT = "right"
    EXPIRED = "expired"
    """It was the right one once, or was guessed at too often."""
    WRONG = "wrong"


async def give_code(tx: Tx, way: Way, code: str, now: datetime) -> Given:
    """Of a way that is not verified: the right code verifies it, a wrong one counts as a guess."""
    asked = (await pages.newest(tx, [way.id], Kind.VERIFY, now - CODE_RESTS)).get(way.id)
    if asked is not None and way.guesses < MOST_GUESSES and now - asked.made_at <= LASTS:
        if compare_digest(asked.code.encode(), code.encode()):
            await ways.verify(tx, way.id, now)
            return Given.RIGHT
        await ways.guessed(tx, way.id)
    known = await pages.coded(tx, way.member_id, code, now - CODE_RESTS)
    old = any(page.kind is Kind.VERIFY and page.way_id == way.id for page in known)
    return Given.EXPIRED if old else Given.WRONG
