"""Whatever counsellors and contacts do in whatever order: one holder, and nobody vanishes."""

import asyncio
import shutil
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain.conversation import TRANSITIONS, Outcome, State, Step
from domain.member import Member
from handlers.close import close
from handlers.errors import AlreadyTaken, CaseloadFull, NotYours, OfferedFirst, UseCaseError
from handlers.receive import receive
from handlers.release import release
from handlers.scripts import Scripts
from handlers.see_conversation import see_conversation
from handlers.see_queue import see_queue
from handlers.seen import Row
from handlers.standing import Standings
from handlers.take import take
from handlers.transfer import transfer
from storage.opening import open_database
from tests.clock import Clock
from tests.world import SECRET, World, world_on

PHONES = ("+46701740610", "+46701740611", "+46701740612")
NAMES = ("Alva", "Elis", "Bo")

phones = st.sampled_from(PHONES)
who = st.integers(0, len(NAMES) - 1)


@dataclass(frozen=True)
class Known:
    """What the model knows of a conversation."""

    id: UUID
    state: State
    owner: int | None = None
    earlier: int | None = None
    returning: bool = False


class Desk(RuleBasedStateMachine):
    """Three counsellors in two processes, three contacts, and a model of what must be true."""

    def __init__(self, template: Path, folder: Path, scripts: Scripts) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.path = folder / f"{uuid4().hex}.sqlite3"
        shutil.copy(template, self.path)
        self.known: dict[str, Known] = {}
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

    def go(self, work: Awaitable[None]) -> UseCaseError | None:
        """Do it; the error that it raised, if it did."""

        async def done() -> UseCaseError | None:
            try:
                await work
            except UseCaseError as error:
                return error
            return None

        self.world.clock.advance(seconds=20)
        return self.loop.run_until_complete(done())

    @rule(phone=phones, body=st.sampled_from(["hej", "1", "jag behöver prata"]))
    def text(self, phone: str, body: str) -> None:
        work = receive(self.world.house, [self.world.message(body, phone)])
        self.loop.run_until_complete(work)
        self.loop.run_until_complete(self.world.step())
        self._has_written(phone)

    def _has_written(self, phone: str) -> None:
        before = self.known.get(phone)
        if before is None:
            found = {row.id for row in self._rows()} - {talk.id for talk in self.known.values()}
            (fresh,) = found
            self.known[phone] = Known(fresh, State.WAITING)
        elif before.state is State.CLOSED:
            then = TRANSITIONS[before.state, Step.REOPEN]
            self.known[phone] = replace(before, state=then, returning=True)

    @precondition(lambda self: self.known)
    @rule(phone=phones)
    def stop(self, phone: str) -> None:
        if phone in self.known:
            work = receive(self.beside, [self.world.message("STOPP", phone)])
            self.loop.run_until_complete(work)

    @rule(phone=phones, member=who)
    def take(self, phone: str, member: int) -> None:
        if (talk := self.known.get(phone)) is None:
            return
        error = self.go(take(self.world.house, self.staff[member], talk.id))
        if talk.owner == member:
            assert error is None
        elif self._had_no_room(error, member) or self._is_anothers(error, talk, member):
            assert talk.state is State.WAITING
        elif (then := TRANSITIONS.get((talk.state, Step.TAKE))) is not None:
            assert error is None
            self.known[phone] = replace(talk, state=then, owner=member)
        else:
            assert isinstance(error, AlreadyTaken)
            assert error.owner == (NAMES[talk.owner] if talk.owner is not None else None)

    def _had_no_room(self, error: UseCaseError | None, member: int) -> bool:
        if not isinstance(error, CaseloadFull):
            return False
        assert error.held == sum(talk.owner == member for talk in self.known.values()) > 0
        return True

    def _is_anothers(self, error: UseCaseError | None, talk: Known, member: int) -> bool:
        if not isinstance(error, OfferedFirst):
            return False
        assert talk.returning
        assert talk.earlier not in {None, member}
        return True

    @rule(phone=phones)
    def all_take_at_once(self, phone: str) -> None:
        talk = self.known.get(phone)
        if talk is None or talk.state is not State.WAITING:
            return

        async def race() -> list[Any]:
            houses = (self.world.house, self.beside, self.world.house)
            tries = (take(h, m, talk.id) for h, m in zip(houses, self.staff, strict=True))
            return await asyncio.gather(*tries, return_exceptions=True)

        results = self.loop.run_until_complete(race())
        winners = [member for member, error in enumerate(results) if error is None]
        refused = [
            self._had_no_room(error, member) or self._is_anothers(error, talk, member)
            for member, error in enumerate(results)
        ]
        if all(refused):
            return
        (winner,) = winners
        self.known[phone] = replace(talk, state=State.OWNED, owner=winner)

    @rule(phone=phones, member=who)
    def release(self, phone: str, member: int) -> None:
        if talk := self.known.get(phone):
            error = self.go(release(self.beside, self.staff[member], talk.id))
            self._passed_on(phone, talk, member, Step.RELEASE, error, None)

    @rule(phone=phones, member=who, outcome=st.sampled_from(Outcome))
    def close(self, phone: str, member: int, outcome: Outcome) -> None:
        if talk := self.known.get(phone):
            error = self.go(close(self.world.house, self.staff[member], talk.id, outcome))
            self._passed_on(phone, talk, member, Step.CLOSE, error, None)

    @rule(phone=phones, member=who, further=st.integers(1, len(NAMES) - 1))
    def transfer(self, phone: str, member: int, further: int) -> None:
        if talk := self.known.get(phone):
            to = (member + further) % len(NAMES)
            work = transfer(self.beside, self.staff[member], talk.id, self.staff[to].id)
            self._passed_on(phone, talk, member, Step.TRANSFER, self.go(work), to)

    def _passed_on(
        self,
        phone: str,
        talk: Known,
        member: int,
        step: Step,
        error: UseCaseError | None,
        owner: int | None,
    ) -> None:
        then = TRANSITIONS.get((talk.state, step))
        if then is None or talk.owner != member:
            assert isinstance(error, NotYours)
            return
        if owner is not None and self._had_no_room(error, owner):
            return
        assert error is None
        self.known[phone] = replace(talk, state=then, owner=owner, earlier=member)

    def _rows(self) -> list[Row]:
        queue = self.loop.run_until_complete(self.world.queue())
        return [*queue.waiting, *queue.mine, *queue.others]

    @invariant()
    def what_is_open_is_in_the_queue_once_with_its_one_holder(self) -> None:
        rows = self._rows()
        shown = {row.id: row for row in rows}
        assert len(shown) == len(rows)
        still_open = {t.id: t for t in self.known.values() if t.state is not State.CLOSED}
        assert shown.keys() == still_open.keys()
        for talk in still_open.values():
            row = shown[talk.id]
            assert row.state is talk.state
            assert row.owner == (None if talk.owner is None else NAMES[talk.owner])
            assert row.returning is talk.returning
            assert row.earlier_counsellor == (None if talk.earlier is None else NAMES[talk.earlier])

    @invariant()
    def what_is_kept_is_what_a_reading_of_everything_finds(self) -> None:
        """Each process keeps its picture by events: whatever a row shows must have had one."""
        for house in (self.world.house, self.beside):
            anew = replace(house, standings=Standings())
            kept, read = (
                self.loop.run_until_complete(see_queue(one, self.staff[0])) for one in (house, anew)
            )
            assert kept == read

    @invariant()
    def what_is_closed_can_still_be_read_by_who_had_it(self) -> None:
        for talk in self.known.values():
            if talk.state is State.CLOSED and talk.earlier is not None:
                earlier = self.staff[talk.earlier]
                work = see_conversation(self.world.house, earlier, talk.id, opening=False)
                seen = self.loop.run_until_complete(work)
                assert (seen.row.state, seen.row.owner) == (State.CLOSED, None)
                assert seen.outcome is not None
                assert seen.closed_at is not None


def test_one_holder_and_nobody_vanishes_whatever_is_done(
    sqlite_grown: Path, tmp_path: Path, scripts: Scripts
) -> None:
    class Here(Desk):
        def __init__(self) -> None:
            super().__init__(sqlite_grown, tmp_path, scripts)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
