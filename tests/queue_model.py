"""What is known of a queue on which three counsellors and three contacts act."""

import asyncio
import shutil
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from hypothesis.stateful import (
    RuleBasedStateMachine,
)

from domain.caseload import OFFERED_FIRST
from domain.conversation import State
from domain.member import Member
from domain.priority import Tier
from handlers.errors import (
    CaseloadFull,
    UseCaseError,
)
from handlers.scripts import Scripts
from handlers.seen import Row
from handlers.standing import Standings
from storage.opening import open_database
from storage.worked import FORGOTTEN
from tests.clock import Clock
from tests.world import SECRET, World, world_on

PHONES = ("+46701740610", "+46701740611", "+46701740612")
NAMES = ("Alva", "Elis", "Bo")
MOST_EACH = 2
ACCEPTED = timedelta(seconds=1)
"""By so much `World.step` moves the clock behind a text."""


@dataclass(frozen=True)
class Known:
    """What the model knows of a conversation."""

    id: UUID
    state: State
    owner: int | None = None
    earlier: int | None = None
    returned_at: datetime | None = None
    closed_at: datetime | None = None
    untouched: bool = True
    """Nobody has taken it since they came back."""


class Model(RuleBasedStateMachine):
    """Three counsellors in two processes, three contacts, and what is known of them."""

    def __init__(self, template: Path, folder: Path, scripts: Scripts) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.path = folder / f"{uuid4().hex}.sqlite3"
        shutil.copy(template, self.path)
        self.known: dict[str, Known] = {}
        self.here: dict[int, datetime] = {}
        self.loop.run_until_complete(self._open(scripts))

    async def _open(self, scripts: Scripts) -> None:
        clock, url = Clock(), f"sqlite+aiosqlite:///{self.path}"
        self.world = await world_on(self.path, clock, scripts)
        house = self.world.house
        db = await open_database(url, SECRET, clock.now())
        self.beside = replace(house, db=db, standings=Standings())
        hired = [await World.hired(house, name) for name in NAMES[1:]]
        self.staff: list[Member] = [self.world.counsellor, *hired]

    def teardown(self) -> None:
        self.loop.run_until_complete(self.world.house.db.close())
        self.loop.run_until_complete(self.beside.db.close())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def phones_of(self, state: State) -> list[str]:
        return [phone for phone, talk in self.known.items() if talk.state is state]

    def one_of(self, state: State, phone: str) -> tuple[str, Known]:
        """This one where it is in that state, else the first that is."""
        there = self.phones_of(state)
        found = phone if phone in there else there[0]
        return found, self.known[found]

    def go(self, work: Awaitable[None]) -> UseCaseError | None:
        """Do it; the error that it raised, if it did."""

        async def done() -> UseCaseError | None:
            try:
                await work
            except UseCaseError as error:
                return error
            return None

        return self.loop.run_until_complete(done())

    def is_here(self, member: int) -> None:
        if not self.at_work(member):
            self.here[member] = self.now

    def at_work(self, member: int) -> bool:
        began_at = self.here.get(member)
        return began_at is not None and began_at > self.now - FORGOTTEN

    def had_no_room(self, error: UseCaseError | None, member: int) -> bool:
        if not isinstance(error, CaseloadFull):
            return False
        assert error.held == len(self.held(member)) > 0
        return True

    def held(self, member: int) -> list[Known]:
        return [talk for talk in self.known.values() if talk.owner == member]

    def is_anothers(self, talk: Known, member: int | None) -> bool:
        """It waits, and for two minutes for whoever had it, if they are at work and have room."""
        earlier, back = talk.earlier, talk.returned_at
        if back is None or not talk.untouched or earlier in {None, member}:
            return False
        assert earlier is not None
        tiers = {row.id: row.wait.tier for row in self.rows()}
        held = [tiers[one.id] for one in self.held(earlier)]
        has_room = len(held) < MOST_EACH and Tier.P1 not in held
        still = self.now < back + OFFERED_FIRST and tiers[talk.id] is not Tier.P1
        return still and has_room and self.at_work(earlier)

    def rows(self) -> list[Row]:
        queue = self.loop.run_until_complete(self.world.queue())
        return [*queue.waiting, *queue.mine, *queue.others]
