"""Whatever counsellors and contacts do in whatever order: one holder, and nobody vanishes."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain.conversation import TRANSITIONS, Outcome, State, Step
from domain.need import LASTS
from handlers.close import close
from handlers.errors import (
    AlreadyTaken,
    NeedsReason,
    NotYours,
    OfferedFirst,
    StillYours,
    UseCaseError,
)
from handlers.receive import receive
from handlers.release import release
from handlers.scripts import Scripts
from handlers.see_conversation import see_conversation
from handlers.see_queue import see_queue
from handlers.standing import Standings
from handlers.take import take
from handlers.transfer import transfer
from handlers.work_shift import end_shift
from tests.queue_model import ACCEPTED, NAMES, PHONES, Known, Model

phones = st.sampled_from(PHONES)
who = st.integers(0, len(NAMES) - 1)
further = st.integers(1, len(NAMES) - 1)
bodies = st.sampled_from(["hej", "1", "jag behöver prata"])


Rule = TypeVar("Rule", bound=Callable[..., Any])


def some(state: State) -> Callable[[Rule], Rule]:
    """A rule of what is in this state: it is drawn only while there is any."""
    return precondition(lambda self: self.phones_of(state))


class Desk(Model):
    """Whatever they do, in whatever order."""

    done: Counter[str]

    @initialize(outcome=st.sampled_from(Outcome), back=st.booleans())
    def one_is_taken_and_one_was_closed(self, outcome: Outcome, back: bool) -> None:
        """So that steps are left for what follows; and that one has come back, sometimes."""
        for member, phone in enumerate(PHONES[:2]):
            self.text(phone, "hej")
            self.take(phone, member)
        self.close(PHONES[1], 1, outcome)
        if back:
            self.text(PHONES[1], "hej")

    @rule(phone=phones, body=bodies)
    def text(self, phone: str, body: str) -> None:
        self.world.clock.advance(seconds=20)
        work = receive(self.world.house, [self.world.message(body, phone)])
        self.loop.run_until_complete(work)
        self.loop.run_until_complete(self.world.step())
        self._has_written(phone)

    @some(State.CLOSED)
    @rule(phone=phones, body=bodies)
    def they_come_back(self, phone: str, body: str) -> None:
        self.text(self.one_of(State.CLOSED, phone)[0], body)

    def _has_written(self, phone: str) -> None:
        before = self.known.get(phone)
        if before is None:
            found = {row.id for row in self.rows()} - {talk.id for talk in self.known.values()}
            (fresh,) = found
            self.known[phone] = Known(fresh, State.WAITING)
        elif before.state is State.CLOSED:
            self.done["reopened"] += 1
            then = TRANSITIONS[before.state, Step.REOPEN]
            # The clock moves once more when the provider accepts.
            self.known[phone] = replace(
                before, state=then, returned_at=self.now - ACCEPTED, untouched=True
            )

    @rule(phone=phones)
    def stop(self, phone: str) -> None:
        if phone in self.known:
            work = receive(self.beside, [self.world.message("STOPP", phone)])
            self.loop.run_until_complete(work)

    @rule(minutes=st.sampled_from([1, 2, 61]))
    def time_passes(self, minutes: int) -> None:
        self.world.clock.advance(minutes=minutes)

    @rule(member=who)
    def goes_home(self, member: int) -> None:
        error = self.go(end_shift(self.beside, self.staff[member]))
        if self.held(member):
            assert isinstance(error, StillYours)
        else:
            assert error is None
            self.here.pop(member, None)

    @rule(phone=phones, member=who)
    def take(self, phone: str, member: int) -> None:
        """Whatever state it is in."""
        if (talk := self.known.get(phone)) is None:
            return
        is_anothers = self.is_anothers(talk, member)
        error = self.go(take(self.world.house, self.staff[member], talk.id))
        if talk.owner == member:
            assert error is None
        elif talk.state is not State.WAITING:
            assert isinstance(error, AlreadyTaken)
            assert error.owner == (NAMES[talk.owner] if talk.owner is not None else None)
        elif is_anothers:
            assert isinstance(error, OfferedFirst)
            self.done["offered first"] += 1
        elif not self.had_no_room(error, member):
            assert error is None
            self._taken(phone, member)

    @some(State.WAITING)
    @rule(phone=phones, member=who)
    def take_what_waits(self, phone: str, member: int) -> None:
        self.take(self.one_of(State.WAITING, phone)[0], member)

    def _taken(self, phone: str, member: int) -> None:
        talk = self.known[phone]
        self.done["taken again" if talk.returned_at else "taken"] += 1
        then = TRANSITIONS[talk.state, Step.TAKE]
        self.known[phone] = replace(talk, state=then, owner=member, untouched=False)
        self.is_here(member)

    @some(State.WAITING)
    @rule(phone=phones)
    def all_take_at_once(self, phone: str) -> None:
        phone, talk = self.one_of(State.WAITING, phone)
        are_refused = [self.is_anothers(talk, member) for member in range(len(NAMES))]

        async def race() -> list[Any]:
            houses = (self.world.house, self.beside, self.world.house)
            tries = (take(h, m, talk.id) for h, m in zip(houses, self.staff, strict=True))
            return await asyncio.gather(*tries, return_exceptions=True)

        results = self.loop.run_until_complete(race())
        winners = [member for member, error in enumerate(results) if error is None]
        assert not any(are_refused[member] for member in winners)
        if not winners:
            assert all(
                isinstance(error, OfferedFirst) or self.had_no_room(error, member)
                for member, error in enumerate(results)
            )
            return
        (winner,) = winners
        self._taken(phone, winner)

    @some(State.OWNED)
    @rule(phone=phones)
    def its_counsellor_releases(self, phone: str) -> None:
        phone, talk = self.one_of(State.OWNED, phone)
        assert talk.owner is not None
        self.release(phone, talk.owner)

    @some(State.OWNED)
    @rule(phone=phones, outcome=st.sampled_from(Outcome))
    def its_counsellor_closes(self, phone: str, outcome: Outcome) -> None:
        phone, talk = self.one_of(State.OWNED, phone)
        assert talk.owner is not None
        self.close(phone, talk.owner, outcome)

    @some(State.OWNED)
    @rule(phone=phones, to=further)
    def its_counsellor_transfers(self, phone: str, to: int) -> None:
        phone, talk = self.one_of(State.OWNED, phone)
        assert talk.owner is not None
        self.transfer(phone, talk.owner, to)

    @rule(phone=phones, member=who)
    def release(self, phone: str, member: int) -> None:
        if talk := self.known.get(phone):
            error = self.go(release(self.beside, self.staff[member], talk.id))
            self._passed_on(phone, talk, member, Step.RELEASE, error)

    @rule(phone=phones, member=who, outcome=st.sampled_from(Outcome))
    def close(self, phone: str, member: int, outcome: Outcome) -> None:
        if talk := self.known.get(phone):
            error = self.go(close(self.world.house, self.staff[member], talk.id, outcome))
            if self._passed_on(phone, talk, member, Step.CLOSE, error):
                self.known[phone] = replace(self.known[phone], closed_at=self.now)

    @rule(phone=phones, member=who, further=further)
    def transfer(self, phone: str, member: int, further: int) -> None:
        if talk := self.known.get(phone):
            to = (member + further) % len(NAMES)
            work = transfer(self.beside, self.staff[member], talk.id, self.staff[to].id)
            if self._passed_on(phone, talk, member, Step.TRANSFER, self.go(work), to):
                self.is_here(to)

    def _passed_on(
        self,
        phone: str,
        talk: Known,
        member: int,
        step: Step,
        error: UseCaseError | None,
        owner: int | None = None,
    ) -> bool:
        then = TRANSITIONS.get((talk.state, step))
        if then is None or talk.owner != member:
            assert isinstance(error, NotYours)
            return False
        if owner is not None and self.had_no_room(error, owner):
            return False
        assert error is None
        self.done[step] += 1
        self.known[phone] = replace(talk, state=then, owner=owner, earlier=member)
        return True

    @invariant()
    def what_is_open_is_in_the_queue_once_with_its_one_holder(self) -> None:
        rows = self.rows()
        shown = {row.id: row for row in rows}
        assert len(shown) == len(rows)
        still_open = {t.id: t for t in self.known.values() if t.state is not State.CLOSED}
        assert shown.keys() == still_open.keys()
        for talk in still_open.values():
            row = shown[talk.id]
            assert row.state is talk.state
            assert row.owner == (None if talk.owner is None else NAMES[talk.owner])
            assert row.returning is (talk.returned_at is not None)
            waits_for_one = talk.state is State.WAITING and self.is_anothers(talk, None)
            assert (row.offered_until is not None) is waits_for_one
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
    def what_is_closed_can_still_be_read_for_an_hour_by_who_had_it(self) -> None:
        for phone in self.phones_of(State.CLOSED):
            talk = self.known[phone]
            assert talk.earlier is not None
            assert talk.closed_at is not None
            earlier = self.staff[talk.earlier]
            work = see_conversation(self.world.house, earlier, talk.id, opening=False)
            if self.now >= talk.closed_at + LASTS:
                with pytest.raises(NeedsReason):
                    self.loop.run_until_complete(work)
                continue
            seen = self.loop.run_until_complete(work)
            assert (seen.row.state, seen.row.owner) == (State.CLOSED, None)
            assert seen.outcome is not None
            assert seen.closed_at == talk.closed_at


def test_one_holder_and_nobody_vanishes_whatever_is_done(
    sqlite_grown: Path,
    tmp_path: Path,
    scripts: Scripts,
    record_property: Callable[[str, object], None],
) -> None:
    done: Counter[str] = Counter()

    class Here(Desk):
        def __init__(self) -> None:
            self.done = done
            super().__init__(sqlite_grown, tmp_path, scripts)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    often = ", ".join(f"{what} {many}" for what, many in sorted(done.items()))
    record_property("What was done to the model of the queue, and how often", often)
