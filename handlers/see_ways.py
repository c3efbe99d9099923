"""How a member is paged, as their own page shows it; and whose ways do not work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.member import Member, Role
from handlers.desk import must_read
from handlers.house import House
from handlers.seen_ways import BrokenWay
from handlers.way_codes import LASTS, MOST_GUESSES
from storage import pages, way_links, ways
from storage.database import Tx
from storage.pages import Kind, Page
from storage.ways import Way

TESTS_SHOWN = timedelta(hours=24)
ENDING = 4
"""Digits of a telephone, by which its owner knows it."""


@dataclass(frozen=True)
class OwnWay:
    """One, in its place."""

    way: Way
    ending: str
    """Of a telephone's number; empty for other ways."""
    code_until: datetime | None
    """Until when the code that was sent there counts."""
    tested: "Tested | None"
    """The last test page."""


@dataclass(frozen=True)
class Tested:
    """How far a test page came."""

    how_far: str
    """queued, sent, failed, needless or read."""
    at: datetime
    """When it was asked for, or read."""

    @property
    def settled(self) -> bool:
        """No more comes of it by itself."""
        return self.how_far in {"failed", "needless", "read"}


@dataclass(frozen=True)
class OwnWays:
    """All that a member's page shows."""

    ways: tuple[OwnWay, ...]
    """The first one first."""
    link_until: datetime | None
    """Until when a code for Telegram can be used."""
    telegram: bool
    """Whether the line has a bot."""
    push_key: str
    """By which a browser knows the line; empty where none can be paged."""

    @property
    def usable(self) -> bool:
        """Whether a page reaches them, as far as is known."""
        return any(own.way.works for own in self.ways)

    @property
    def moving(self) -> bool:
        """Whether something may change by itself."""
        return self.link_until is not None or any(
            own.code_until or (own.tested and not own.tested.settled) for own in self.ways
        )


async def see_ways(house: House, member: Member) -> OwnWays:
    """Their own. Raises NotAllowed."""
    must_read(member)
    now = house.now()
    async with house.db.read() as tx:
        theirs = (await ways.of_members(tx, [member.id])).get(member.id, [])
        every = [way.id for way in theirs]
        asked = await pages.newest(tx, every, Kind.VERIFY, now - LASTS)
        tested = await pages.newest(tx, every, Kind.TEST, now - TESTS_SHOWN)
        link_until = await way_links.open_until(tx, member.id, now)
    shown = [_shown(way, asked.get(way.id), tested.get(way.id)) for way in theirs]
    push_key = house.push.key if house.push is not None else ""
    return OwnWays(tuple(shown), link_until, house.bot is not None, push_key)


def _shown(way: Way, asked: Page | None, tested: Page | None) -> OwnWay:
    open_still = asked is not None and way.verified_at is None and way.guesses < MOST_GUESSES
    return OwnWay(
        way=way,
        ending=way.address[-ENDING:] if way.kind == ways.SMS else "",
        code_until=asked.made_at + LASTS if asked is not None and open_still else None,
        tested=_tested(tested) if tested is not None else None,
    )


def _tested(page: Page) -> Tested:
    read_at = page.acknowledged_at
    return Tested("read" if read_at else page.state.value, read_at or page.made_at)


async def broken_ways(tx: Tx, member: Member, names: Mapping[UUID, str]) -> tuple[BrokenWay, ...]:
    """Those that do not work: to a coordinator everybody's, to others their own. `names` of all."""
    if not member.reads:
        return ()
    all_of_them = member.role is Role.COORDINATOR
    return tuple(
        BrokenWay(names.get(whose, ""), whose == member.id, kind, since)
        for whose, kind, since in await ways.broken(tx)
        if all_of_them or whose == member.id
    )
