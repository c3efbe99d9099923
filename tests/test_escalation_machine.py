"""Whatever happens in whatever order, a policy changed under a climb among it: each step is climbed
once and in time, none is skipped, and a P1 is never silent for longer than until it comes again.

Two processes tick, twice or not at all, and are killed: before they commit (nothing was done), or
after it, before a page was sent (the other sends it).
"""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.escalation import LADDERS, Ladder, LastResort, Step
from domain.member import Member, Role
from domain.priority import TARGETS, Tier
from domain.rota import ShiftRole
from handlers.errors import BadInput
from handlers.escalate import escalate
from handlers.house import House
from handlers.release import release
from handlers.scripts import Scripts
from handlers.see_policy import see_policy
from handlers.see_rota import line_called
from handlers.send_pages import page
from handlers.take import take
from handlers.write_policy import write_policy
from storage import conversations, events
from tests.clock import Clock
from tests.test_on_call import goes_by_a_rota
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import World, house_on

ROLES = {
    ShiftRole.PRIMARY: "+46701740650", ShiftRole.BACKUP: "+46701740651",
    ShiftRole.COORDINATOR: "+46701740652", ShiftRole.DUTY: "+46701740653",
}  # fmt: skip
MINUTE = timedelta(minutes=1)
EPOCH = datetime.min.replace(tzinfo=UTC)


@dataclass
class Story:
    """What ought to be, counted step by step beside what is."""

    tower: Tower
    twin: House
    cia: Member
    talk: UUID
    began: datetime
    ladder: Ladder = LADDERS[Tier.P1]
    seen: datetime = EPOCH
    """The last look that paged anybody."""
    climbed: set[int] = field(default_factory=set)
    owned: bool = False

    @property
    def world(self) -> World:
        return self.tower.world

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    @property
    def houses(self) -> tuple[House, House]:
        return self.world.house, self.twin

    async def happens(self, what: str, which: int, policy: Ladder) -> None:
        house = self.houses[which % 2]
        match what:
            case "wait":
                self.world.clock.advance(seconds=(1, 20, 59, 61, 130, 400, 1800)[which % 7])
            case "tick":
                await self.look(house)
            case "both":
                await self.look(house, self.twin, *self.houses)
            case "killed":
                await self.look(house, killed_at=which)
            case "back":
                await self.look(*self.houses)
                self.world.clock.advance(seconds=-(5, 70, 3600)[which % 3])
                await self.look(*self.houses)
            case "policy":
                await self.written(policy)
            case "take" if not self.owned:
                await take(house, self.world.counsellor, self.talk)
                self.owned = True
            case "release" if self.owned:
                await release(house, self.world.counsellor, self.talk)
                self.owned, self.began, self.seen = False, self.now, EPOCH
                self.climbed.clear()

    async def written(self, ladder: Ladder) -> None:
        line = (await line_called(self.world.house, "Card 2026")).id
        seen = (await see_policy(self.world.house, self.cia, line)).editions[Tier.P1]
        with suppress(BadInput):  # not everything is a policy for a P1
            await write_policy(self.world.house, self.cia, line, Tier.P1, ladder, seen=seen)
        page_now = await see_policy(self.world.house, self.cia, line)
        self.ladder = page_now.ladders[Tier.P1].ladder

    async def look(self, *houses: House, killed_at: int | None = None) -> None:
        """Some processes at once, one of which may be killed; then one that lives."""
        before = await self.called()
        if killed_at is None:
            await asyncio.gather(*(escalate(house) for house in houses))
        else:
            for work in (escalate(houses[0]), page(houses[0], self.tower.senders)):
                await killed(work, killed_at)
        while await escalate(houses[0]):
            pass
        self.compare(await self.called() - before)
        await self.nobody_is_forgotten()

    def compare(self, called: Counter[str]) -> None:
        if self.owned:
            assert not called
            return
        if self.seen > self.now:
            self.began, self.seen = self.began - (self.seen - self.now), self.now
        self.began = min(self.began, self.now)  # a clock that steps back makes nobody wait longer
        fresh = [
            step for step in self.ladder.steps
            if self.began + step.after <= self.now and step.number not in self.climbed
        ]  # fmt: skip
        wanted = {str(step.whom) for step in fresh}
        first, again = self.ladder.in_order[0], self.ladder.again
        assert again is not None
        times = (self.now - self.began - first.after) // again
        if times >= 1 and self.began + first.after + times * again > self.seen:
            wanted.add(str(first.whom))
        assert called == Counter(wanted), (self.now - self.began, self.climbed, self.ladder)
        self.climbed |= {step.number for step in fresh}
        self.seen = self.now if wanted else self.seen

    async def nobody_is_forgotten(self) -> None:
        async with self.world.house.db.read() as tx:
            talk = await conversations.by_id(tx, self.talk)
        assert talk is not None
        if self.owned:
            assert talk.page_due_at is None
            return
        again = self.ladder.again
        assert again is not None
        assert talk.page_due_at is not None
        first = self.ladder.in_order[0].after  # what comes again is counted from it
        assert talk.page_due_at - self.now <= first + max(again, TARGETS[Tier.P1])

    async def called(self) -> Counter[str]:
        """Who was called so far, as what."""
        async with self.world.house.db.read() as tx:
            found = await events.of_conversation(tx, self.talk)
        return Counter(event.detail or "" for event in found if event.kind == "paged")


async def killed(work: Coroutine[object, object, int], at: int) -> None:
    """After so many turns of its process: whatever it had not committed is as if it never was."""
    task = asyncio.create_task(work)
    for _ in range(at):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def p1(*steps: tuple[int, float, ShiftRole], again: float = 2) -> Ladder:
    made = (Step(n, after * MINUTE, whom) for n, after, whom in steps)
    return Ladder(tuple(made), again * MINUTE, LastResort())


steps = st.tuples(
    st.integers(0, 5), st.sampled_from((1, 2, 3, 5, 9, 30)), st.sampled_from(ShiftRole)
)
ladders = st.builds(
    lambda first, more, again: p1((1, *first), *more, again=again),
    st.tuples(st.integers(0, 2), st.sampled_from(ShiftRole)),
    st.lists(steps, max_size=5, unique_by=lambda step: step[1:]),
    st.integers(1, 7),
)

happenings = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("wait", "wait", "wait", "tick", "tick", "both", "killed", "killed"),
                *("policy", "policy", "back", "take", "release"),
            ]
        ),
        st.integers(0, 20),
        ladders,
    ),
    max_size=25,
)


async def live(template: Path, scripts: Scripts, happened: list[tuple[str, int, Ladder]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy, clock = Path(folder) / "utvag.sqlite3", Clock()
        shutil.copy(template, copy)
        url = f"sqlite+aiosqlite:///{copy}"
        async with house_on(url, clock, scripts) as house, house_on(url, clock, scripts) as twin:
            world = await World.begun(house, clock)
            tower, coordinators = Tower(world), list[Member]()
            for role, number in ROLES.items():
                kind = Role.COORDINATOR if role is ShiftRole.COORDINATOR else Role.COUNSELLOR
                member = await World.hired(house, role, kind)
                await tower.paged(role, number)
                await goes_by_a_rota(World(house, clock, member), (-9, 400), role=role)
                coordinators += [member] if kind is Role.COORDINATOR else []
            await world.text(WORDS)
            talk = await world.only()
            async with house.db.read() as tx:
                found = await conversations.by_id(tx, talk)
            assert found is not None
            assert found.page_from is not None
            story = Story(tower, twin, coordinators[0], talk, found.page_from)
            for what, which, ladder in [*happened, ("both", 0, LADDERS[Tier.P1])]:
                await story.happens(what, which, ladder)


MOVED = [
    ("tick", 0, p1()),
    ("wait", 4, p1()),
    ("tick", 0, p1()),
    ("policy", 0, p1((1, 0, ShiftRole.PRIMARY), (2, 30, ShiftRole.BACKUP), again=7)),
    ("wait", 5, p1()),
    ("tick", 1, p1()),
    ("wait", 6, p1()),
    ("killed", 3, p1()),
]


EARLIER = [
    ("wait", 1, p1()),
    ("tick", 0, p1()),
    ("wait", 3, p1()),
    ("tick", 1, p1()),
    ("policy", 0, p1((1, 0, ShiftRole.PRIMARY), (4, 1, ShiftRole.DUTY), again=7)),
    ("tick", 1, p1()),
    ("back", 2, p1()),
    ("tick", 1, p1()),
]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@example(happened=MOVED)
@example(happened=EARLIER)
@given(happened=happenings)
def test_in_any_order_each_step_is_climbed_once_and_none_is_skipped(
    sqlite_grown: Path, scripts: Scripts, happened: list[tuple[str, int, Ladder]]
) -> None:
    asyncio.run(live(sqlite_grown, scripts, happened))
