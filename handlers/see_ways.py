"""How a member is paged, as their own page shows it; and whose ways do not work."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import Act
from domain.member import Member
from handlers.desk import must
from handlers.house import House
from handlers.seen_ways import BrokenWay
from handlers.unwakable import off
from handlers.way_codes import LASTS, guessed_out
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
    off: bool = False
    """The line has no such channel: nothing leaves by it."""


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
    at_home: bool
    """No push service is reached from here: the line runs for this machine alone."""

    @property
    def usable(self) -> bool:
        """Whether a page reaches them, as far as is known."""
        return any(own.way.works and not own.off for own in self.ways)

    @property
    def wakes(self) -> bool:
        """Whether one of them is used, so that their order and number are changed by them alone."""
        return any(own.way.may_be_tried for own in self.ways)

    @property
    def moving(self) -> bool:
        """Whether something may change by itself."""
        return self.link_until is not None or any(
            own.code_until or (own.tested and not own.tested.settled) for own in self.ways
        )


async def see_ways(house: House, member: Member) -> OwnWays:
    """Their own. Raises NotAllowed."""
    must(member, Act.PAGER)
    now = house.now()
    async with house.db.read() as tx:
        theirs = (await ways.of_members(tx, [member.id])).get(member.id, [])
        every = [way.id for way in theirs]
        asked = await pages.newest(tx, every, Kind.VERIFY, now - LASTS)
        tested = await pages.newest(tx, every, Kind.TEST, now - TESTS_SHOWN)
        out = await guessed_out(tx, member.id, now)
        link_until = await way_links.open_until(tx, member.id, now)
    without = off(house)
    shown = [
        replace(
            _shown(way, asked.get(way.id), tested.get(way.id), guessed_out=out),
            off=way.kind in without,
        )
        for way in theirs
    ]
    push_key = house.push.key if house.push is not None else ""
    at_home = house.push is not None and house.push.at_home
    return OwnWays(tuple(shown), link_until, house.bot is not None, push_key, at_home)


def _shown(way: Way, asked: Page | None, tested: Page | None, *, guessed_out: bool) -> OwnWay:
    by_digits = way.kind != ways.PUSH
    open_still = asked is not None and not way.verified_at and not (guessed_out and by_digits)
    return OwnWay(
        way=way,
        ending=way.address[-ENDING:] if way.kind == ways.SMS else "",
        code_until=asked.made_at + LASTS if asked is not None and open_still else None,
        tested=_tested(tested) if tested is not None else None,
    )


def _tested(page: Page) -> Tested:
    read_at = page.acknowledged_at
    return Tested("read" if read_at else page.state.value, read_at or page.made_at)


async def broken_ways(
    house: House, tx: Tx, member: Member, names: Mapping[UUID, str]
) -> tuple[BrokenWay, ...]:
    """Those that do not work: to a coordinator everybody's, to others their own. `names` of all."""
    if not member.reads:
        return ()
    without = off(house)
    all_of_them = member.may(Act.COORDINATE)
    return tuple(
        BrokenWay(
            names.get(whose, ""), whose == member.id, kind, None if kind in without else since
        )
        for whose, kind, since in await ways.broken(tx, without)
        if all_of_them or whose == member.id
    )
