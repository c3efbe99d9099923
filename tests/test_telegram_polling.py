"""Long polling: one process at a time, stored before told, and nobody is held up for ever."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from bot.polling import Lease, Pace, Poller, Told
from bot.updates import Updates
from handlers.errors import CannotStore, DatabaseAway
from handlers.house import House
from handlers.only_one import give_back, hold
from senders.telegram import bot_of
from tests.telegram_ground import ANNA, BOT_TOKEN, Ground
from tests.telegram_line import until
from tests.world import World
from utvag.telegram import LEASE, POLLING

SWIFT = Pace(asks=1, answers=5, looks_again=0.1, tries=3, between=0.05)
"""For tests in which somebody waits."""


@dataclass
class Taker:
    """Takes updates as it is told to: what it raises, by what the text says."""

    kinds: tuple[str, ...] = ("message",)
    raises: dict[str, list[Exception]] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    unkept: list[str] = field(default_factory=list)

    async def take(self, raw: Mapping[str, Any]) -> None:
        body = raw["message"]["text"]
        if self.raises.get(body):
            raise self.raises[body].pop()
        self.taken.append(body)

    async def say_unkept(self, raw: Mapping[str, Any]) -> bool:
        self.unkept.append(raw["message"]["text"])
        return True


@dataclass
class Polling:
    """One process's poller."""

    taker: Taker
    failures: list[BaseException] = field(default_factory=list)
    given_up: list[tuple[int, bool]] = field(default_factory=list)

    async def has(self, *bodies: str) -> None:
        async def there() -> bool:
            return set(bodies) <= set(self.taker.taken)

        await until(there)


@asynccontextmanager
async def polling(
    ground: Ground,
    house: House,
    taker: Taker | None = None,
    pace: Pace = SWIFT,
    updates: Updates | None = None,
) -> AsyncIterator[Polling]:
    made, holder = Polling(taker or Taker()), uuid4()
    bot = bot_of(BOT_TOKEN, ground.base)
    lease = Lease(
        lambda: hold(house, POLLING, holder, LEASE), lambda: give_back(house, POLLING, holder)
    )
    told = Told(made.failures.append, lambda number, told: made.given_up.append((number, told)))
    takes: Any = updates or made.taker
    poller = Poller(bot, takes, lease, told, pace)
    task = asyncio.create_task(poller.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await poller.stop()
        await bot.session.close()


def write(ground: Ground, *bodies: str) -> None:
    for body in bodies:
        ground.text(body)


def waiting(ground: Ground) -> int:
    return int(ground.call("getWebhookInfo").json()["result"]["pending_update_count"])


async def test_only_one_process_holds_it_until_it_gives_it_back_or_its_time_is_over(
    world: World, twin: House
) -> None:
    one, other = uuid4(), uuid4()
    assert await hold(world.house, POLLING, one, LEASE)
    assert not await hold(twin, POLLING, other, LEASE)
    world.clock.advance(seconds=LEASE.total_seconds() - 1)
    assert await hold(world.house, POLLING, one, LEASE)
    world.clock.advance(seconds=2)
    assert not await hold(twin, POLLING, other, LEASE)
    world.clock.advance(seconds=LEASE.total_seconds())
    assert await hold(twin, POLLING, other, LEASE)
    assert not await hold(world.house, POLLING, one, LEASE)
    await give_back(world.house, POLLING, one)
    assert not await hold(world.house, POLLING, one, LEASE)
    await give_back(twin, POLLING, other)
    assert await hold(world.house, POLLING, one, LEASE)


async def test_of_many_that_ask_at_once_one_gets_it(world: World, twin: House) -> None:
    asking = [hold(house, POLLING, uuid4(), LEASE) for house in (world.house, twin) * 5]
    assert sum(await asyncio.gather(*asking)) == 1


async def test_of_two_pollers_one_polls_and_the_other_takes_over(
    world: World, twin: House, telegram: Ground
) -> None:
    async with polling(telegram, twin) as second:
        async with polling(telegram, world.house) as first:
            await asyncio.to_thread(write, telegram, "ett", "två")
            await until_any(first, second, {"ett", "två"})
            assert not (first.taker.taken and second.taker.taken)
            assert first.failures == second.failures == []
        await asyncio.to_thread(write, telegram, "tre")
        await second.has("tre")
    assert (first.taker.taken + second.taker.taken).count("tre") == 1


async def until_any(first: Polling, second: Polling, bodies: set[str]) -> None:
    async def there() -> bool:
        return bodies <= {*first.taker.taken, *second.taker.taken}

    await until(there)


pytest_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest_sqlite
async def test_the_offset_moves_on_only_past_what_is_stored(world: World, telegram: Ground) -> None:
    taker = Taker(raises={"två": [DatabaseAway(), DatabaseAway()]})
    await asyncio.to_thread(write, telegram, "ett", "två", "tre")
    async with polling(telegram, world.house, taker) as made:
        await made.has("ett")

        async def failed() -> bool:
            return bool(made.failures)

        await until(failed)
        assert await asyncio.to_thread(waiting, telegram) == 3
        await made.has("två", "tre")
        assert taker.taken == ["ett", "två", "tre"]
        assert made.given_up == []


@pytest_sqlite
@pytest.mark.parametrize("error", [CannotStore(), RuntimeError("x")])
async def test_one_that_can_never_be_stored_stops_the_others_for_a_while_and_is_given_up(
    world: World, telegram: Ground, error: Exception
) -> None:
    taker = Taker(raises={"ett": [error] * 99})
    await asyncio.to_thread(write, telegram, "ett", "två", "tre")
    async with polling(telegram, world.house, taker) as made:
        await made.has("två", "tre")

        async def given_up() -> bool:
            return len(made.given_up) == 1

        await until(given_up)
        assert len(made.failures) == SWIFT.tries
        await asyncio.to_thread(write, telegram, "fyra")
        await made.has("fyra")
    assert (taker.taken, taker.unkept) == (["två", "tre", "fyra"], ["ett"])


@pytest_sqlite
async def test_one_that_is_stored_at_the_third_try_is_not_given_up(
    world: World, telegram: Ground
) -> None:
    taker = Taker(raises={"ett": [CannotStore(), CannotStore()]})
    await asyncio.to_thread(write, telegram, "ett")
    async with polling(telegram, world.house, taker) as made:
        await made.has("ett")
        assert made.given_up == []


@pytest_sqlite
async def test_a_database_that_is_away_gives_nothing_up(world: World, telegram: Ground) -> None:
    taker = Taker(raises={"ett": [DatabaseAway() for _ in range(3)]})
    await asyncio.to_thread(write, telegram, "ett")
    pace = Pace(asks=1, answers=5, tries=1)
    async with polling(telegram, world.house, taker, pace) as made:
        await made.has("ett")
    assert made.given_up == []
    assert len(made.failures) == 3


@pytest_sqlite
@pytest.mark.parametrize(
    "faults",
    [
        {"_500": {"on": "getUpdates", "times": 1}},
        {"_502": {"on": "getUpdates", "times": 1}},
        {"_429": {"on": "getUpdates", "times": 1, "seconds": 1}},
        {"_500": {"on": "deleteWebhook", "times": 1}},
    ],
)
async def test_a_poll_that_fails_is_tried_again(
    world: World, telegram: Ground, faults: dict[str, Any]
) -> None:
    telegram.faults(**faults)
    await asyncio.to_thread(write, telegram, "hej")
    async with polling(telegram, world.house) as made:
        await made.has("hej")
        assert made.failures


@pytest_sqlite
async def test_a_webhook_that_somebody_set_meanwhile_is_taken_away(
    world: World, telegram: Ground
) -> None:
    telegram.call("setWebhook", url="http://127.0.0.1:9/in")
    async with polling(telegram, world.house) as made:
        await asyncio.to_thread(write, telegram, "ett")
        await made.has("ett")
        await asyncio.to_thread(telegram.call, "setWebhook", url="http://127.0.0.1:9/in")
        await asyncio.to_thread(write, telegram, "två")
        await made.has("två")


@pytest_sqlite
async def test_an_update_without_sense_holds_nothing_back(world: World, telegram: Ground) -> None:
    def odd() -> None:
        telegram.act("raw", update={"message": {"text": "odd", "chat": {"id": ANNA}, "date": []}})
        telegram.text("hej")

    await asyncio.to_thread(odd)
    async with polling(telegram, world.house) as made:
        await made.has("hej", "odd")
