"""What runs by itself: woken by the commit, not hindered by errors, ended in time."""

import asyncio
import itertools
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.delivery import Delivery
from handlers.settle import settle
from senders.sender import Letter, Result
from tests.patience import PATIENCE
from tests.sending import Out, TodaysClock, by_sms, sending
from tests.world import World
from utvag.loops import Loop, Loops
from utvag.metrics import Metrics
from utvag.postman import Postman

HOUR = 3600.0
AT_ONCE, HALF = 0.2, 0.5
"""Seconds that the contract promises where nothing else is done."""

TURNS = 20
"""Of which the quickest counts: other tests may have both cores."""

ALONE = 5
"""So many at least: the first may leave by the round with which a loop begins."""

PHONES = [f"+467017406{last}" for last in range(40, 50)]


@pytest.fixture
def clock() -> TodaysClock:
    return TodaysClock()


@asynccontextmanager
async def woken(world: World) -> AsyncIterator[Out]:
    """A line whose outbox runs by itself, with no tick that could help within the test."""
    loops = Loops(world.clock.now)
    async with sending(replace(world, house=replace(world.house, wake=loops))) as out:
        await out.talk()
        loops.add(Loop("outbox", out.postman.round, out.metrics), HOUR)
        loops.start()
        try:
            yield out
        finally:
            await loops.stop()


async def until(true: Callable[[], bool]) -> float:
    """How many seconds it took. Raises TimeoutError."""
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - the provider is another thread's
            await asyncio.sleep(0.002)
    return time.monotonic() - began


async def test_a_reply_leaves_at_once_woken_by_its_commit(world: World) -> None:
    async with woken(world) as out:
        quickest = HOUR  # no tick comes before: only the commit can wake it
        for place in range(1, TURNS + 1):
            await out.say("hello")
            took = await until(lambda n=place: len(out.phone()) == n)  # type: ignore[misc] # its own number
            quickest = min(quickest, took)
            if place >= ALONE and quickest < AT_ONCE:
                break
        assert quickest < AT_ONCE


async def test_texts_that_follow_each_other_leave_within_half_a_second(world: World) -> None:
    async with woken(world) as out:
        quickest = HOUR
        for turn in range(1, TURNS + 1):
            await out.say("one", "two", "three", "four")
            await until(lambda n=4 * turn: len(out.phone()) == n)  # type: ignore[misc] # its own number
            times = [message.created for message in out.accepted()[-4:]]
            gaps = [after - before for before, after in itertools.pairwise(times)]
            quickest = min(quickest, max(gaps).total_seconds())
            if turn > 1 and quickest < HALF:
                break
        assert quickest < HALF
        assert out.phone() == ["one", "two", "three", "four"] * turn


async def test_a_withheld_text_does_not_keep_back_what_follows_it(world: World) -> None:
    async with woken(world) as out:
        out.provider.faults.opted_out.add("+46701740610")
        out.fault("slow", seconds=2.0, times=1, accept_first=False)
        await out.say("one", "two", "three")  # before the provider has refused the first
        async with asyncio.timeout(PATIENCE):
            while (await out.states())[1:] != [Delivery.WITHHELD] * 2:  # noqa: ASYNC110 - asked of the database
                await asyncio.sleep(0.01)


def counted(metrics: Metrics, loop: str) -> float:
    return metrics.registry.get_sample_value("utvag_loop_failures_total", {"loop": loop}) or 0.0


@asynccontextmanager
async def running(work: Callable[[], Awaitable[int]], metrics: Metrics) -> AsyncIterator[Loop]:
    loop = Loop("trial", work, metrics)
    task = asyncio.create_task(loop.run())
    try:
        yield loop
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_error_is_counted_and_does_not_stop_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("utvag.loops.FAILED_PAUSE", 0.01)
    rounds: list[int] = []

    async def work() -> int:
        rounds.append(len(rounds))
        if len(rounds) < 3:
            raise ZeroDivisionError
        return 0

    metrics = Metrics()
    async with running(work, metrics) as loop:
        for number in (1, 2, 3):
            loop.nudge()
            await until(lambda n=number: len(rounds) == n)  # type: ignore[misc] # its own number
            await asyncio.sleep(0.03)
    assert counted(metrics, "trial") == 2


async def test_a_loop_that_failed_is_not_taken_for_one_at_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("utvag.loops.FAILED_PAUSE", 0.01)
    done = [2, 1]

    async def work() -> int:
        if not done:
            raise ZeroDivisionError
        return done.pop()

    metrics = Metrics()
    async with running(work, metrics) as loop:
        loop.nudge()
        await until(lambda: counted(metrics, "trial") == 1)
        assert not loop.working


async def test_a_nudge_while_it_works_is_not_forgotten() -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()
    rounds: list[int] = []

    async def work() -> int:
        rounds.append(1)
        begun.set()
        await goes_on.wait()
        return 0

    async with running(work, Metrics()) as loop:
        loop.nudge()
        await begun.wait()
        loop.nudge()
        goes_on.set()
        await until(lambda: len(rounds) == 2)


async def test_it_works_until_nothing_is_left() -> None:
    left = [3, 2, 0]

    async def work() -> int:
        return left.pop(0)

    async with running(work, Metrics()) as loop:
        loop.nudge()
        await until(lambda: not left)


async def test_the_clocks_tick_comes_on_the_loops_own_thread() -> None:
    threads: list[threading.Thread] = []

    class Noting(Loop):
        def nudge(self) -> None:
            threads.append(threading.current_thread())
            super().nudge()

    async def work() -> int:
        return 0

    loops = Loops(lambda: datetime.now(UTC))
    loops.add(Noting("trial", work, Metrics()), 0.05)
    loops.start()
    await until(lambda: len(threads) >= 3)
    await loops.stop()
    assert set(threads) == {threading.current_thread()}


async def test_a_triage_step_is_woken_when_it_is_due_and_not_before() -> None:
    rounds: list[float] = []

    async def work() -> int:
        rounds.append(time.monotonic())
        return 0

    loops = Loops(lambda: datetime.now(UTC))
    loops.add(Loop("triage", work, Metrics()), HOUR)
    loops.start()
    await until(lambda: len(rounds) == 1)
    began = time.monotonic()
    loops.triage(datetime.now(UTC) + timedelta(seconds=0.2))
    await until(lambda: len(rounds) == 2)  # no tick comes for an hour
    await loops.stop()
    assert rounds[1] - began > 0.19


async def test_stopping_ends_loops_that_are_in_the_middle_of_something() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> int:
        begun.set()
        await asyncio.sleep(HOUR)
        ended.set()
        return 1

    loops = Loops(lambda: datetime.now(UTC))
    loops.add(Loop("trial", work, Metrics()), HOUR)
    loops.start()
    await asyncio.wait_for(begun.wait(), PATIENCE)
    await asyncio.wait_for(loops.stop(), PATIENCE)
    assert not ended.is_set()


async def test_letters_under_way_when_the_line_stops_are_not_waited_for_and_not_lost(
    world: World,
) -> None:
    async with sending(world) as out:
        for phone in PHONES:
            await out.say("hello", phone=phone)
        out.fault("slow", seconds=7)  # below the sender's own eight
        await out.postman.round()
        await until(lambda: all(out.phone(phone) == ["hello"] for phone in PHONES))
        await out.postman.finish(0.3)
        assert set(await out.states()) == {Delivery.LEASED}, "no answer was waited for"
        out.works_again()
        out.world.clock.advance(seconds=20)
        await settle(out.house, by_sms(out.sender))
        assert set(await out.states()) == {Delivery.SENT}
        assert [out.phone(phone) for phone in PHONES] == [["hello"]] * len(PHONES)


async def test_letters_that_arrive_in_time_are_recorded_before_the_end(world: World) -> None:
    async with sending(world) as out:
        await out.say("hello")
        out.fault("slow", seconds=0.3)
        await out.postman.round()
        await out.postman.finish(5)
        assert await out.states() == [Delivery.SENT]


class Broken:
    """A sender with a slip in its code."""

    async def send(self, _: Letter) -> Result:
        raise ZeroDivisionError


async def test_a_slip_in_one_letters_way_is_counted_and_settled_by_its_lease(world: World) -> None:
    async with sending(world) as out:
        await out.say("hello")
        metrics = Metrics()
        postman = Postman(out.house, by_sms(Broken()), metrics)
        await postman.round()
        await postman.finish(5)
        assert counted(metrics, "letter") == 1
        for seconds in (20, 10):
            out.world.clock.advance(seconds=seconds)
            await settle(out.house, by_sms(out.sender))
        await out.carry()
        assert out.phone() == ["hello"]


async def test_no_more_letters_are_under_way_than_the_postman_can_carry(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utvag.postman.AT_ONCE", 4)
    async with sending(world) as out:
        for phone in PHONES:
            await out.say("hello", phone=phone)
        out.fault("slow", seconds=0.3)
        assert [await out.postman.round() for _ in range(2)] == [4, 0]
        await out.carry()
        assert [out.phone(phone) for phone in PHONES] == [["hello"]] * len(PHONES)
