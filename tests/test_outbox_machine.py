"""Whatever happens in whatever order: states never go backwards and nothing leaves twice."""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from domain.delivery import ACCEPTED, TRANSITIONS, Delivery
from handlers.house import House
from handlers.note_status import Status, note_statuses
from handlers.receive import receive
from handlers.scripts import Scripts
from handlers.send import Leased, Sent, deliver, lease, record
from handlers.settle import settle
from handlers.take import take
from senders.sender import Accepted, Letter, OutOfReach, Refused, Result, TryLater, Unsure
from storage import outbox
from storage.outbox import Sending
from tests.clock import Clock
from tests.sending import by_sms
from tests.world import World, world_on

D = Delivery
LETTERS = ("one", "two", "three")
FAILS = ("accepted", "answer lost", "request lost", "later", "refused")


@dataclass
class Provider:
    """Takes a letter or not, and answers or not, as it is told."""

    outcome: str = "accepted"
    reachable: bool = True
    accepted: list[tuple[str, Letter]] = field(default_factory=list)

    async def send(self, letter: Letter) -> Result:
        if self.outcome in {"accepted", "answer lost"}:
            sid = f"SM{len(self.accepted)}"
            self.accepted.append((sid, letter))
            return Accepted(sid) if self.outcome == "accepted" else Unsure()
        ends: dict[str, Result] = {
            "request lost": Unsure(),
            "later": TryLater(),
            "refused": Refused(30008),
        }
        return ends[self.outcome]

    async def sent_since(self, letter: Letter, _: datetime) -> list[str]:
        if not self.reachable:
            raise OutOfReach
        return [sid for sid, other in self.accepted if other.body == letter.body]


def reachable_from(state: Delivery) -> set[Delivery]:
    """Where a row may be after any number of allowed steps."""
    seen, ahead = {state}, [state]
    while ahead:
        fresh = TRANSITIONS[ahead.pop()] - seen
        seen |= fresh
        ahead += fresh
    return seen


AHEAD = {state: reachable_from(state) for state in Delivery}


@dataclass
class Story:
    world: World
    provider: Provider
    held: list[Leased] = field(default_factory=list)
    """Leased by processes that have not sent yet, or died."""
    results: list[Sent] = field(default_factory=list)
    """What sends came to; not written down yet, or never."""
    before: list[Sending] = field(default_factory=list)

    @property
    def house(self) -> House:
        return self.world.house

    async def happens(self, what: str, which: int, how: str) -> None:
        match what:
            case "lease":
                self.held += await lease(self.house)
            case "send" if self.held:
                self.provider.outcome = how if how in FAILS else "accepted"
                leased = self.held.pop(which % len(self.held))
                self.results.append(await deliver(self.house, by_sms(self.provider), leased))
            case "record" if self.results:
                await record(self.house, [self.results[which % len(self.results)]])
            case "callback" if self.provider.accepted:
                sid, letter = self.provider.accepted[which % len(self.provider.accepted)]
                state = D(how) if how in set(D) else D.DELIVERED
                await note_statuses(self.house, [Status(letter.code, state, sid, None)])
            case "settle":
                self.provider.reachable = how != "later"
                await settle(self.house, by_sms(self.provider))
            case "hang":
                for seconds in (21, 10):
                    self.world.clock.advance(seconds=seconds)
                    await settle(self.house, by_sms(self.provider))
            case "wait":
                self.world.clock.advance(seconds=(1, 10, 21, 31)[which % 4])
        await self.nothing_is_wrong()

    async def rows(self) -> list[Sending]:
        async with self.house.db.read() as tx:
            query = select(*outbox.COLUMNS).order_by(outbox.T.c.id)
            return [outbox.read(row) for row in await tx.conn.execute(query)]

    async def nothing_is_wrong(self) -> None:
        rows = await self.rows()
        for was, row in zip(self.before, rows, strict=False):
            assert row.state in AHEAD[was.state], (was.state, row.state)
            assert was.provider_id in {None, row.provider_id}
        bodies = [letter.body for _, letter in self.provider.accepted]
        assert len(bodies) == len(set(bodies)), bodies
        assert bodies == [text for text in LETTERS if text in bodies], bodies
        self.before = rows

    async def ends(self) -> None:
        """The provider works, processes that hang are gone: everything comes to its end."""
        self.held.clear()
        self.provider.outcome, self.provider.reachable = "accepted", True
        for _ in range(30):
            self.world.clock.advance(seconds=31)
            await settle(self.house, by_sms(self.provider))
            for leased in await lease(self.house):
                sent = await deliver(self.house, by_sms(self.provider), leased)
                await record(self.house, [sent])
            await self.nothing_is_wrong()
        left = {letter.code for _, letter in self.provider.accepted}
        for row in await self.rows():
            assert not row.pending
            assert (row.code in left) == (row.state in ACCEPTED or row.code in self.told_failed)

    @property
    def told_failed(self) -> set[str]:
        """Accepted and then failed, by the provider's own word."""
        return {row.code for row in self.before if row.state is D.FAILED and row.provider_id}


steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("lease", "lease", "send", "send", "record", "record"),
                *("callback", "settle", "settle", "wait", "hang"),
            ]
        ),
        st.integers(0, 11),
        st.sampled_from([*FAILS, "sent", "delivered", "undelivered", "failed"]),
    ),
    max_size=40,
)


STALE = [
    ("lease", 0, "accepted"),
    ("send", 0, "later"),
    ("hang", 0, "accepted"),
    ("lease", 0, "accepted"),
    ("record", 0, "accepted"),
    ("wait", 0, "accepted"),
    ("lease", 0, "accepted"),
    ("send", 0, "accepted"),
    ("send", 0, "accepted"),
]
"""What a process that hung says of its attempt must not free the row for a third one."""


async def live(template: Path, scripts: Scripts, happenings: list[tuple[str, int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy, clock = Path(folder) / "utvag.sqlite3", Clock()
        shutil.copy(template, copy)
        world = await world_on(copy, clock, scripts)
        try:
            await receive(world.house, [world.message("hej")])
            talk = await world.only()
            await take(world.house, world.counsellor, talk)
            for text in LETTERS:
                await world.reply(talk, text, asked=True)
            story = Story(world, Provider())
            for what, which, how in happenings:
                await story.happens(what, which, how)
            await story.ends()
        finally:
            await world.house.db.close()


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@example(happenings=STALE)
@given(happenings=steps)
def test_in_any_order_states_only_go_forward_and_each_text_leaves_at_most_once(
    sqlite_grown: Path, scripts: Scripts, happenings: list[tuple[str, int, str]]
) -> None:
    asyncio.run(live(sqlite_grown, scripts, happenings))
