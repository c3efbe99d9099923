"""How far are the stored texts sealed to their contacts?"""

from dataclasses import dataclass
from datetime import datetime

from handlers.house import House
from storage import resealing, team


@dataclass(frozen=True)
class Sealing:
    """How far it is."""

    team: bool
    """There is a team to which they can be sealed."""
    left: int
    """Texts that lie under the server's key alone."""
    done_at: datetime | None
    """When all were looked through, and nothing of what they were before stayed in the files."""


async def how_far(house: House) -> Sealing:
    """Reads every text's first byte."""
    async with house.db.read() as tx:
        there = await team.public_key(tx) is not None
        left = sum((await resealing.left(tx)).values())
        return Sealing(there, left, await resealing.done_at(tx))
