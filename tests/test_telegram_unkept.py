"""Somebody wrote on Telegram and it cannot be stored: a person sees it, no machine answers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text as sql
from structlog.testing import capture_logs

from bot import reading
from bot.bringing import TRIES
from domain.conversation import Outcome
from domain.gate import Gate
from domain.message import Channel, InboundMessage, OptOut
from domain.priority import Tier
from handlers.close import close
from handlers.errors import DatabaseAway
from handlers.house import House
from handlers.receive import receive
from handlers.release import release
from handlers.seen import Happened, Row
from handlers.take import take
from handlers.unkept import lately, unkept
from tests.telegram_ground import ANNA, Ground
from tests.telegram_line import Phone, line, settings, until
from tests.test_telegram_polling import polling
from tests.test_telegram_updates import DATE, PERSON, PRIVATE, message
from tests.test_telegram_webhook import execute
from tests.world import World
from utvag.metrics import Metrics
from utvag.telegram import telegram_of

CHAT = str(ANNA)
numbers = count(1)


def text(world: World, body: str = "") -> InboundMessage:
    number = str(next(numbers))
    return InboundMessage(Channel.TELEGRAM, number, CHAT, "", body, world.clock.now())


async def write(world: World, body: str) -> None:
    await receive(world.house, [text(world, body)])
    world.clock.advance(seconds=2)
    await world.step()


async def happened(world: World) -> list[str]:
    return [i.kind for i in (await world.see()).thread if isinstance(i, Happened)]


async def waiting(world: World) -> Row:
    (row,) = (await world.queue()).waiting
    return row


async def test_a_stranger_stands_in_the_queue_with_the_time_and_is_sent_nothing(
    world: World,
) -> None:
    told = text(world)
    world.clock.advance(minutes=1)
    for _ in range(2):
        await unkept(world.house, told)
    row = await waiting(world)
    assert (row.tier, row.reasons, set(row.marks)) == (Tier.P3, ("unkept",), {"nothing_kept"})
    assert (row.wait.since, row.channel, row.gate) == (told.at, Channel.TELEGRAM, Gate.UNKNOWN)
    assert await happened(world) == ["unkept"]
    world.clock.advance(hours=1)
    await world.step()
    assert (await world.count("outbox"), await world.count("messages")) == (0, 0)
    assert await lately(world.house, timedelta(days=1)) == 1


async def test_a_counsellor_can_ask_them_to_write_again(world: World) -> None:
    await unkept(world.house, text(world))
    talk = await world.taken()
    await world.reply(talk, "Skriv gärna igen", asked=True)
    assert (await world.see()).row.marks == frozenset()


async def test_the_text_that_is_kept_after_it_begins_the_questions_in_its_language(
    world: World,
) -> None:
    await unkept(world.house, text(world))
    await write(world, "hi i need help")
    row = await waiting(world)
    assert (row.language, row.marks) == ("en", frozenset())
    assert await world.said() == ["greet"]


async def test_the_machine_falls_silent_for_it_may_have_been_stop(world: World) -> None:
    for body in ("hej", "1"):
        await write(world, body)
    before = await world.said()
    await unkept(world.house, text(world))
    world.clock.advance(hours=1)
    await world.step()
    assert await world.said() == before
    row = await waiting(world)
    assert (row.gate, "unkept" in row.reasons) == (Gate.UNKNOWN, True)
    assert (await happened(world))[-2:] == ["unkept", "gate_unsure"]


async def test_a_closed_gate_and_an_opt_out_stay(world: World) -> None:
    for body in ("hej", "2"):
        await write(world, body)
    await unkept(world.house, text(world))
    assert (await waiting(world)).gate is Gate.CLOSED
    await write(world, "STOPP")
    await unkept(world.house, text(world))
    assert (await waiting(world)).opt_out is OptOut.OWN


async def test_a_closed_conversation_opens_as_returning_and_an_owned_one_waits_for_its_owner(
    world: World,
) -> None:
    await write(world, "hej")
    talk = await world.taken()
    await close(world.house, world.counsellor, talk, Outcome.INFORMATION)
    await unkept(world.house, text(world))
    row = await waiting(world)
    assert (row.returning, row.reasons) == (True, ("unkept", "returning"))
    await take(world.house, world.counsellor, talk)
    await world.reply(talk, "Hej, Alva här", asked=True)
    assert (await world.see(talk)).row.answered
    world.clock.advance(seconds=5)
    await unkept(world.house, text(world))
    (mine,) = (await world.queue()).mine
    assert (mine.answered, mine.reasons) == (False, ("returning", "unkept"))
    await release(world.house, world.counsellor, talk)
    assert (await waiting(world)).reasons == ("returning", "unkept")


async def test_what_is_stored_after_all_is_stored(world: World) -> None:
    told = text(world, "hej")
    await unkept(world.house, replace(told, body=""))
    await receive(world.house, [told])
    assert await world.heard() == ["hej"]


async def test_without_any_line_it_is_told_again(house: House) -> None:
    with pytest.raises(DatabaseAway):
        await unkept(house, InboundMessage(Channel.TELEGRAM, "1", CHAT, "", "", house.now()))


def test_only_who_and_when_is_told() -> None:
    now = datetime.fromtimestamp(DATE + 90, UTC)
    plain = message(text="hemligt")
    told = reading.without_words({"update_id": 7, "message": plain}, plain, now)
    assert (told.provider_id, told.sender, told.body) == ("7", CHAT, "")
    assert int(told.at.timestamp()) == DATE
    pressed = {"update_id": 7, "callback_query": {}}
    assert reading.without_words(pressed, plain, now).at == now
    assert reading.without_words({"edited_message": {}}, plain | {"edit_date": DATE + 5}, now).at
    later = plain | {"date": DATE + 900}
    assert reading.without_words({"message": later}, later, now).at == now


one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def hooked(world: World, telegram: Ground) -> AsyncIterator[Phone]:
    async with line(world, telegram, "webhook") as made:
        yield made


NO_TEXT = "CREATE TRIGGER no_text BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'x'); END"
"""From now on no message can be stored, though the database answers."""


@one_database
async def test_telegram_brings_it_again_and_staff_are_told_once(
    hooked: Phone,
) -> None:
    await execute(hooked, NO_TEXT)
    told = {"update_id": 9000, "message": message(text="hej")}
    with capture_logs() as lines:
        statuses = [await hooked.post(told) for _ in range(TRIES + 2)]
    assert set(statuses) == {503}
    assert await happened(hooked.world) == ["unkept"]
    logged = [said for said in lines if said["event"] == "update_not_kept"]
    assert [(said["update"], said["staff_told"]) for said in logged] == [(9000, True)]


@one_database
@pytest.mark.parametrize("kind", ["message", "edited_message", "callback_query", "my_chat_member"])
async def test_people_who_write_are_told_of_and_whoever_only_blocks_is_not(
    hooked: Phone, kind: str
) -> None:
    alike: dict[str, Any] = {"message": message(), "chat": PRIVATE, "from": PERSON, "id": "1"}
    alike["new_chat_member"] = {"status": "kicked"}
    told = {"update_id": 9000, kind: message() | alike}
    heard = kind != "my_chat_member"
    assert await hooked.telegram.updates.say_unkept(told) is heard
    assert await hooked.world.count("conversations") == int(heard)
    assert not await hooked.telegram.updates.say_unkept({"update_id": 9001, kind: {"chat": 1}})


@one_database
async def test_where_that_cannot_be_stored_either_the_log_says_so(hooked: Phone) -> None:
    for table in ("messages", "events"):
        trigger = NO_TEXT.replace("no_text", f"no_{table}").replace("messages", table)
        await execute(hooked, trigger)
    told = {"update_id": 9000, "message": message(text="hej")}
    with capture_logs() as lines:
        statuses = [await hooked.post(told) for _ in range(TRIES)]
    assert set(statuses) == {503}
    logged = [said["staff_told"] for said in lines if said["event"] == "update_not_kept"]
    assert logged == [False]


@one_database
async def test_polling_gives_up_what_it_cannot_store_and_staff_see_it(
    world: World, telegram: Ground
) -> None:
    async def store(given: InboundMessage) -> None:
        await receive(world.house, [given])

    given = settings("polling", telegram.base, "http://127.0.0.1:9")
    bot = telegram_of(given, world.house, store, Metrics())
    async with world.house.db.write() as tx:
        await tx.conn.execute(sql(NO_TEXT))
    await asyncio.to_thread(telegram.text, "hej")
    async with polling(telegram, world.house, updates=bot.updates) as made:

        async def given_up() -> bool:
            return bool(made.given_up)

        await until(given_up)
    await bot.sender.close()
    assert [told for _, told in made.given_up] == [True]
    assert await happened(world) == ["unkept"]
