"""On a watched telephone no path says a word that betrays, whoever does what in which order."""

import asyncio
import contextlib
import shutil
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import select

from domain.block import Reason, offered
from domain.conversation import Outcome, State
from handlers.betraying import betraying
from handlers.block import block
from handlers.close import close
from handlers.errors import UseCaseError
from handlers.forget import forget
from handlers.plan_text import plan_text
from handlers.planned import send_planned
from handlers.receive import receive
from handlers.release import release
from handlers.reply import reply
from handlers.scripts import Scripts
from handlers.see_conversation import see_conversation
from handlers.send import Sent, lease, record
from handlers.step_triage import step_triage
from handlers.take import take
from handlers.tell_waiting import tell_waiting
from senders.sender import Accepted
from storage import tables
from tests.clock import Clock
from tests.world import world_on

T = TypeVar("T")

BODIES = (
    "hej", "1", "2", "3", "4", "5", "0", "9", "ja", "nej", "inte säkert", "blabla", "jag är 16",
    "MER", "STOPP", "START", "HJÄLP", "RADERA", "RADERA JA", "English", "SPRÅK", "tack", "ok",
    "dom ska döda mig", "jag kan inte ringa", "hi", "de kollar min mobil", "yes",
)  # fmt: skip

REPLIES = (
    "hej",
    "Polisen vet",
    "är du i fara?",
    "the gang",
    "Passar det att skriva nu?",
    "jag är rådgivare",
)


class Watched(RuleBasedStateMachine):
    template: Path
    folder: Path
    scripts: Scripts

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.path = self.folder / f"{uuid4().hex}.sqlite3"
        shutil.copy(self.template, self.path)
        self.clock = Clock()
        self.world = self.do(world_on(self.path, self.clock, self.scripts))
        self.left = 0
        self.write("hej, de kollar min mobil")

    def do(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(doing)

    def teardown(self) -> None:
        assert self.left, "something did leave"
        self.do(self.world.house.db.close())
        self.runner.close()
        for left in self.folder.glob(f"{self.path.name}*"):
            left.unlink()

    async def _talk(self) -> tuple[UUID, State] | None:
        async with self.world.house.db.read() as tx:
            query = select(tables.conversations.c.id, tables.conversations.c.state)
            rows = (await tx.conn.execute(query.order_by(tables.conversations.c.id))).all()
        return (rows[-1].id, State(rows[-1].state)) if rows else None

    async def _watched(self) -> set[UUID]:
        """Whoever was deleted is somebody new if they write again, of whom nobody knows that."""
        query = select(tables.contacts.c.id).where(tables.contacts.c.watched_at.is_not(None))
        async with self.world.house.db.read() as tx:
            return set((await tx.conn.execute(query)).scalars())

    async def _leave(self) -> None:
        """All that may leave does, and is looked at as it stands in the letter."""
        house = self.world.house
        for _ in range(20):
            leased = await lease(house)
            watched = await self._watched()
            for one in leased:
                if one.row.contact_id in watched:
                    self.left += 1
                    assert betraying(one.letter.body) == (), one.letter.body
            sent = [Sent(one.row, Accepted(f"SM{uuid4().hex}")) for one in leased]
            await record(house, sent)
            if not leased:
                return

    async def _work(self) -> None:
        house = self.world.house
        while await step_triage(house):
            pass
        await step_triage(house, silent=True)
        await tell_waiting(house)
        await send_planned(house)
        await forget(house)
        await self._leave()

    async def _attempt(self, doing: Coroutine[Any, Any, Any]) -> None:
        with contextlib.suppress(UseCaseError):
            await doing

    @rule(body=st.sampled_from(BODIES))
    def write(self, body: str) -> None:
        self.do(receive(self.world.house, [self.world.message(body)]))
        self.clock.advance(seconds=2)
        self.do(self._work())

    @rule(minutes=st.sampled_from((1, 11, 25, 61, 60 * 5, 60 * 25)))
    def wait(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)
        self.do(self._work())

    @rule(body=st.sampled_from(REPLIES), asked=st.booleans())
    def answer(self, body: str, asked: bool) -> None:
        self.do(self._desk(body, asked=asked))

    async def _desk(self, body: str, *, asked: bool) -> None:
        house, member, found = self.world.house, self.world.counsellor, await self._talk()
        if found is None:
            return
        talk, state = found
        if state is State.WAITING:
            await self._attempt(take(house, member, talk))
        await self._attempt(reply(house, member, talk, body, form_key=uuid4(), asked=asked))
        texts: tuple[tuple[str, str], ...] = ()
        with contextlib.suppress(UseCaseError):
            texts = (await see_conversation(house, member, talk)).texts
        for _, text in texts:
            await self._attempt(reply(house, member, talk, text, form_key=uuid4(), asked=asked))
        at = (self.clock.now() + timedelta(hours=1)).astimezone(house.zone).replace(tzinfo=None)
        await self._attempt(plan_text(house, member, talk, body, at, form_key=uuid4(), asked=asked))
        await self._work()

    @rule(how=st.sampled_from(("close", "release", "block")))
    def part(self, how: str) -> None:
        self.do(self._part(how))

    async def _part(self, how: str) -> None:
        house, member, found = self.world.house, self.world.counsellor, await self._talk()
        if found is None:
            return
        if how == "close":
            await self._attempt(close(house, member, found[0], Outcome.OTHER, seen=None))
        elif how == "release":
            await self._attempt(release(house, member, found[0]))
        else:
            lasts = offered(long=False)[0]
            await self._attempt(block(house, member, found[0], next(iter(Reason)), lasts, say=True))
        await self._work()


@pytest.mark.timeout(450)
def test_nothing_that_leaves_to_a_watched_telephone_betrays(
    sqlite_grown: Path, tmp_path: Path, scripts: Scripts
) -> None:
    class Here(Watched):
        pass

    Here.template, Here.folder, Here.scripts = sqlite_grown, tmp_path, scripts
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
