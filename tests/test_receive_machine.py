"""Whatever a contact writes, and whatever the provider and the counsellors do meanwhile."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain import commands
from domain.conversation import Outcome, State
from domain.delivery import Delivery
from domain.gate import Gate
from domain.message import OptOut
from domain.priority import Tier
from handlers.case import standing
from handlers.close import close
from handlers.note_status import Status, note_statuses
from handlers.receive import receive
from handlers.release import release
from handlers.scripts import Scripts
from handlers.send import Leased
from handlers.settle import find_lost
from handlers.step_triage import step_triage
from handlers.take import take
from storage import contacts, conversations, outbox, tables, triages
from storage.contacts import Contact
from storage.conversations import Conversation
from tests.clock import Clock
from tests.post import Post
from tests.world import world_on
from triage.engine import MAX_MESSAGES

T = TypeVar("T")

BODIES = (
    "hej", "1", "2", "3", "4", "0", "9", "ja", "nej", "inte säkert", "vet inte", "blabla", "",
    "jag är 16", "kvällar", "MER", "STOPP", "START", "HJÄLP", "RADERA", "RADERA JA", "English",
    "SPRÅK", "dom ska döda mig", "jag vill", "dö", "jag vill sluta",
)  # fmt: skip
QUIET = {commands.Kind.STOP, commands.Kind.DELETE, commands.Kind.DELETE_YES}
HANDLED = {commands.Kind.STOP, commands.Kind.START}
UNCOUNTED = {"help", "language", "stop", "delete_ask", "delete_noted", "privacy_more"}
EXCEPTIONS = {"stop", "not_safe", "delete_ask"}


def kind(body: str) -> commands.Kind | None:
    command = commands.parse(body)
    return command.kind if command else None


class Line(RuleBasedStateMachine):
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
        self.post = Post(self.world)
        self.leased: list[Leased] = []
        self.sent: list[Leased] = []
        self.must_stand = False
        self.texts: Counter[commands.Kind | None] = Counter()
        self.tier = Tier.P4

    def do(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(doing)

    def teardown(self) -> None:
        self.do(self.world.house.db.close())
        self.runner.close()
        for left in self.folder.glob(f"{self.path.name}*"):
            left.unlink()

    @rule(
        bodies=st.lists(st.sampled_from(BODIES), min_size=1, max_size=3), by_provider=st.booleans()
    )
    def they_write(self, bodies: list[str], by_provider: bool) -> None:
        self._hear(bodies, by_provider=by_provider)

    def _hear(self, bodies: list[str], *, by_provider: bool = False, **more: Any) -> None:
        found = self._found()
        texts = []
        for body in bodies:
            ordered = kind(body)
            self.texts[ordered] += 1
            handled = ordered.upper() if by_provider and ordered in HANDLED else None
            texts.append(self.world.message(body, provider_opt_out=handled, **more))
            if ordered not in QUIET:
                if found is None or found[1].state is State.CLOSED:
                    self.tier = Tier.P3
                self.must_stand = True
        self.do(receive(self.world.house, texts))

    @rule()
    def they_answer_and_stop(self) -> None:
        self.they_write(["hej", "1"], by_provider=False)
        self.the_machine_steps(2)
        self.they_write(["STOPP"], by_provider=False)

    @rule(body=st.sampled_from(["hej", "dom ska döda mig", "STOPP", "2"]))
    def a_late_text_is_found(self, body: str) -> None:
        self._hear([body], at=self.clock.now() - timedelta(minutes=20), caught_up=True)

    @rule(seconds=st.sampled_from([0.5, 2, 9, 30]))
    def the_machine_steps(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)
        rounds = 0
        while self.do(step_triage(self.world.house)):
            rounds += 1
            assert rounds < 5, "a step that is done must not be due again"

    @rule(minutes=st.sampled_from([1, 11, 61, 60 * 25]))
    def time_passes_in_silence(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)
        before = self._rows()
        self.do(step_triage(self.world.house, silent=True))
        assert self._rows() == before, "a silence is answered with nothing"

    @rule()
    def the_provider_takes_everything(self) -> None:
        while leased := self._lease():
            self.do(self.post.accept(leased))
            self.sent += leased

    @rule()
    def the_provider_is_slow(self) -> None:
        self.leased += self._lease()

    @rule()
    @precondition(lambda self: self.leased)
    def the_provider_takes_one_late(self) -> None:
        one = self.leased.pop()
        self.do(self.post.accept([one]))
        self.sent.append(one)

    @rule()
    @precondition(lambda self: self.leased)
    def a_lease_runs_out(self) -> None:
        self.leased.clear()
        self.clock.advance(seconds=21)
        self.do(find_lost(self.world.house))

    @rule()
    @precondition(lambda self: self.leased)
    def the_provider_refuses(self) -> None:
        self.do(self.post.refuse([self.leased.pop()]))

    @rule()
    @precondition(lambda self: self.sent)
    def the_carrier_delivers(self) -> None:
        code = self.sent.pop().letter.code
        self.do(note_statuses(self.world.house, [Status(code, Delivery.DELIVERED, None, None)]))

    @rule()
    @precondition(lambda self: self._state() is State.WAITING)
    def a_counsellor_takes(self) -> None:
        self.do(take(self.world.house, self.world.counsellor, self._talk().id))

    @rule()
    @precondition(lambda self: self._state() is State.OWNED)
    def the_counsellor_releases(self) -> None:
        self.do(release(self.world.house, self.world.counsellor, self._talk().id))

    @rule()
    @precondition(lambda self: self._state() is State.OWNED)
    def the_counsellor_closes(self) -> None:
        talk = self._talk()
        self.do(close(self.world.house, self.world.counsellor, talk.id, Outcome.OTHER))
        self.must_stand = False

    @invariant()
    def no_conversation_vanishes_unless_a_person_closed_it(self) -> None:
        queue = self.do(self.world.queue())
        standing_there = len((*queue.waiting, *queue.mine, *queue.others))
        assert standing_there == int(self.must_stand)

    @invariant()
    def one_greeting_and_no_more_than_eight_messages_a_triage(self) -> None:
        runs = self.do(self._runs())
        assert all(run.state is None or run.state["sent"] <= MAX_MESSAGES for run in runs)
        assert sum(run.ended_at is None for run in runs) <= 1
        spoken, kinds = Counter(self.post.phone), commands.Kind
        again = self.texts[kinds.LANGUAGE] + self.texts[kinds.STOP] + self.texts[kinds.START]
        failed = sum(state is Delivery.FAILED for state in self.do(self._states()))
        assert spoken["greet"] <= len([run for run in runs if not run.returning]) + again + failed
        counted = sum(number for text, number in spoken.items() if text not in UNCOUNTED)
        assert counted <= MAX_MESSAGES * len(runs) + again + failed
        assert spoken["p1"] <= max(1, len(runs))

    @invariant()
    def tiers_sink_only_on_the_relatives_path(self) -> None:
        found = self._found()
        if found is None or found[1].state is State.CLOSED:
            return
        talk = found[1]
        lowered = talk.tier is Tier.P4 and talk.reasons[0] == "relative" and self.tier is Tier.P3
        assert talk.tier <= self.tier or lowered
        self.tier = talk.tier

    def _lease(self) -> list[Leased]:
        """What leaves now: looked at with the contact as they are at this moment."""
        leased = self.do(self.post.begin())
        found = self._found()
        for one in leased:
            assert found is not None
            text_id, here = self.post.name(one.letter.body), standing(*found)
            assert here.opt_out is not OptOut.PROVIDER
            if text_id not in EXCEPTIONS:
                assert here.opt_out is OptOut.NONE
                assert here.gate is not Gate.CLOSED
                assert not here.owned
            if text_id in {"privacy", "privacy_more"}:
                assert here.gate is Gate.OPEN
        return leased

    def _found(self) -> tuple[Contact, Conversation] | None:
        return self.do(self._read())

    async def _read(self) -> tuple[Contact, Conversation] | None:
        async with self.world.house.db.read() as tx:
            row = (await tx.conn.execute(tables.conversations.select())).one_or_none()
            if row is None:
                return None
            talk = await conversations.by_id(tx, row.id)
            assert talk is not None
            return (await contacts.by_ids(tx, [talk.contact_id]))[talk.contact_id], talk

    def _talk(self) -> Conversation:
        found = self._found()
        assert found is not None
        return found[1]

    def _state(self) -> State | None:
        found = self._found()
        return found[1].state if found else None

    async def _runs(self) -> list[triages.Triage]:
        found = await self._read()
        async with self.world.house.db.read() as tx:
            return await triages.of_conversation(tx, found[1].id) if found else []

    async def _states(self) -> list[Delivery]:
        async with self.world.house.db.read() as tx:
            rows = await tx.conn.execute(outbox.T.select())
            return [Delivery(row.state) for row in rows]

    def _rows(self) -> int:
        return len(self.do(self._states()))


@pytest.mark.timeout(450)
def test_whatever_happens_nobody_is_lost_and_nothing_leaves_that_may_not(
    sqlite_grown: Path, tmp_path: Path, scripts: Scripts
) -> None:
    class Here(Line):
        pass

    Here.template, Here.folder, Here.scripts = sqlite_grown, tmp_path, scripts
    bounded = settings(
        max_examples=40,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Here, settings=bounded)
