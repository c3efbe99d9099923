"""What the queue says of the team: one quiet line, what a colleague did, and who is sealed out."""

from dataclasses import dataclass

from domain.member import Member
from handlers.house import House
from handlers.own_place import OwnPlace, Place, own_place
from handlers.see_team import FRESH, Happened, happened
from storage import answering, members, sheets, team_news
from storage.database import Tx

MOST = 5


@dataclass(frozen=True)
class TeamLine:
    """Nothing of it stands in anybody's way."""

    own: OwnPlace
    waiting: int = 0
    """Colleagues who wait to be admitted, and have joined."""
    sheet: str = ""
    """Where one is to be made: missing or used."""
    news: tuple[Happened, ...] = ()
    """What the reader has not noted."""

    @property
    def waits(self) -> bool:
        """Whether the reader was not admitted."""
        return self.own.place is Place.WAITS


async def see_team_line(house: House, member: Member) -> TeamLine:
    """For a queue page."""
    async with house.db.read() as tx:
        own = await own_place(tx, member)
        if own.place is not Place.READS:
            return TeamLine(own)
        found = await team_news.unnoted(tx, member.id, house.now() - FRESH, MOST)
        names = await members.names(tx) if found else {}
        return TeamLine(own, await _waiting(tx), await sheet_due(tx), happened(found, names))


async def _waiting(tx: Tx) -> int:
    out = await answering.sealed_out(tx)
    if not out:
        return 0
    return sum(e.id in out and e.joined_at is not None for e in await members.every(tx))


async def sheet_due(tx: Tx) -> str:
    """Where one is to be made: missing or used; else empty."""
    every = await sheets.every(tx)
    if any(s.holds and s.confirmed_at for s in every):
        return ""
    return "used" if any(s.used_at for s in every) else "missing"
