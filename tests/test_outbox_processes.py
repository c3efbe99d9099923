"""Two processes on one PostgreSQL share the outbox: each text leaves once, in order."""

import asyncio
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest

from domain.delivery import Delivery
from handlers.house import House
from handlers.note_status import Status, note_statuses
from handlers.scripts import Scripts
from handlers.settle import settle
from senders.twilio import TwilioSender
from storage import outbox
from storage.opening import open_database
from tests.sending import Out, TodaysClock, account, by_sms, sending
from tests.world import SECRET, Bell, World
from utvag.metrics import Metrics
from utvag.postman import Postman

PHONES = [f"+467017406{last}" for last in range(40, 60)]
TEXTS = [f"text {place}" for place in range(10)]


@pytest.fixture
def clock() -> TodaysClock:
    return TodaysClock()


async def opened(url: str, clock: TodaysClock, scripts: Scripts) -> House:
    db = await open_database(url, SECRET, clock.now())
    async with db.write() as tx:
        await scripts.keep(tx, clock.now())
    return House(db, clock.now, ZoneInfo("Europe/Stockholm"), scripts, Bell())


@pytest.fixture
async def houses(
    postgres_database: str, clock: TodaysClock, scripts: Scripts
) -> AsyncIterator[list[House]]:
    houses = [await opened(postgres_database, clock, scripts) for _ in range(2)]
    yield houses
    for house in houses:
        await house.db.close()


@pytest.fixture
async def out(houses: list[House], clock: TodaysClock) -> AsyncIterator[Out]:
    async with sending(await World.made(houses[0], clock)) as out:
        yield out


async def waiting(house: House) -> bool:
    async with house.db.read() as tx:
        return await outbox.any_sendable(tx, house.now())


async def carry_all(postman: Postman, house: House) -> None:
    while await postman.round() or await waiting(house):
        await postman.finish(20)


async def test_two_hundred_texts_leave_once_each_and_in_order(
    houses: list[House], out: Out
) -> None:
    for phone in PHONES:
        await out.say(*TEXTS, phone=phone)
    second = TwilioSender(account(out.address))
    postmen = [out.postman, Postman(houses[1], by_sms(second), Metrics())]
    await asyncio.gather(
        *(carry_all(postman, house) for postman, house in zip(postmen, houses, strict=True))
    )
    await second.close()
    assert {phone: out.phone(phone) for phone in PHONES} == dict.fromkeys(PHONES, TEXTS)
    rows = await out.rows()
    assert {row.state for row in rows} == {Delivery.SENT}
    assert len({row.provider_id for row in rows}) == len(PHONES) * len(TEXTS)


async def test_both_settling_at_once_ask_and_send_once(houses: list[House], out: Out) -> None:
    out.fault("drop-after-accepting", times=len(PHONES))
    for phone in PHONES:
        await out.say("hello", phone=phone)
    await out.carry()
    for _ in range(3):
        await asyncio.gather(*(settle(house, by_sms(out.sender)) for house in houses))
    assert set(await out.states()) == {Delivery.SENT}
    assert [out.phone(phone) for phone in PHONES] == [["hello"]] * len(PHONES)


async def test_callbacks_replies_and_records_at_once_do_not_wait_for_each_other_for_ever(
    houses: list[House], out: Out
) -> None:
    """All of them write events, whose numbers are given out one transaction at a time."""
    talk = await out.talk()
    await out.say(*TEXTS)
    more = [f"more {place}" for place in range(10)]

    async def calls_back() -> None:
        while len(told := out.accepted()) < len(TEXTS + more):
            codes = [(message.callback or "").rpartition("/")[2] for message in told]
            for code in codes[-4:]:
                await note_statuses(houses[1], [Status(code, Delivery.DELIVERED, None, None)])
            await asyncio.sleep(0)

    async def replies() -> None:
        for text in more:
            await out.world.reply(talk, text, asked=True)
        await carry_all(out.postman, houses[0])

    await asyncio.wait_for(asyncio.gather(calls_back(), replies()), 30)
    assert out.phone() == TEXTS + more
    assert set(await out.states()) <= {Delivery.DELIVERED, Delivery.SENT}
    failed = out.metrics.registry.get_sample_value("utvag_loop_failures_total", {"loop": "letter"})
    assert failed is None
