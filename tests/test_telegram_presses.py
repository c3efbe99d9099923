"""A button is pressed: one answer, whatever happens around it."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from bot import courtesy
from domain.conversation import Outcome
from domain.delivery import Delivery
from domain.gate import Gate
from domain.message import Channel
from domain.priority import Tier
from handlers.close import close
from handlers.seen import Said
from handlers.send import lease
from handlers.settle import settle
from handlers.step_triage import step_triage
from storage import tables
from tests.telegram_ground import ANNA
from tests.telegram_line import Phone, labels, until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SLOW = 20
"""Seconds; whoever waited for Telegram here would wait for so long."""


async def asked(phone: Phone, *said: str) -> dict[str, Any]:
    """The newest message of the bot's after the contact said this."""
    for one in ("hej", *said):
        await phone.say(one)
    return (await phone.seen())[-1]


def press(message: dict[str, Any], data: str, number: int = 6000) -> dict[str, Any]:
    """As Telegram tells a press."""
    chat = {"id": ANNA, "type": "private"}
    told = {"message_id": message["message_id"], "date": 1_772_452_800, "chat": chat}
    markup = {"reply_markup": {"inline_keyboard": message["buttons"]}}
    who = {"id": ANNA, "is_bot": False, "first_name": "Anna"}
    query = {"id": str(number), "from": who, "chat_instance": "", "data": data}
    return {"update_id": number, "callback_query": query | {"message": told | markup}}


async def test_a_press_is_answered_and_what_was_chosen_stays_to_be_seen(phone: Phone) -> None:
    await asked(phone)
    await phone.press("Ja")

    async def shown() -> bool:
        greeting = (await phone.seen())[0]
        return labels(greeting) == ["✓ Ja"] and greeting["answered_callback"] == 1

    await until(shown)
    await phone.step()
    assert await phone.world.said() == ["greet", "privacy", "danger"]


async def test_the_same_button_twice_counts_once(phone: Phone) -> None:
    greeting = await asked(phone)
    for _ in range(2):
        await phone.act("press", message_id=greeting["message_id"], data="greet:1")
    await phone.step()
    assert await phone.world.heard() == ["hej", "1"]

    async def answered() -> bool:
        return bool((await phone.seen())[0]["answered_callback"] == 2)

    await until(answered)


async def test_two_presses_at_the_same_moment_count_once_and_two_answers_both(
    phone: Phone,
) -> None:
    greeting = await asked(phone)
    updates = [press(greeting, f"greet:{digit}", 6000 + at) for at, digit in enumerate("1121")]
    await asyncio.gather(*(phone.telegram.updates.take(update) for update in updates))
    await phone.step()
    assert sorted(map(str, (await phone.world.heard())[1:])) == ["1", "2"]
    assert (await phone.world.see()).row.gate is Gate.CLOSED


async def test_what_was_answered_stands_nowhere_unsealed(phone: Phone) -> None:
    greeting = await asked(phone)
    for at, digit in enumerate("12"):
        await phone.telegram.updates.take(press(greeting, f"greet:{digit}", 6000 + at))
    m = tables.messages.c
    plain = [column for column in m if column.name not in {"id", "body_sealed", "at"}]
    async with phone.house.db.read() as tx:
        query = select(*plain).where(m.answers_to == "greet").order_by(m.id)
        one, other = await tx.conn.execute(query)
    assert one == other


async def test_pressed_while_the_next_question_is_leaving_it_answers_its_own(
    phone: Phone,
) -> None:
    danger = await asked(phone, "1")
    await phone.text("3")
    phone.world.clock.advance(seconds=2)
    while await step_triage(phone.house):
        pass
    (leaving,) = await lease(phone.house)
    assert leaving.letter.text_id == "self_harm"
    await phone.act("press", message_id=danger["message_id"], data="danger:1")
    phone.world.clock.advance(seconds=10)
    while await step_triage(phone.house):
        pass
    (row,) = (await phone.world.queue()).waiting
    assert row.tier is Tier.P1


async def test_an_old_button_is_answered_and_asks_nothing_anew(phone: Phone) -> None:
    await asked(phone, "1", "3", "3")
    greeting = (await phone.seen())[0]
    before = await phone.world.said()
    await phone.act("press", message_id=greeting["message_id"], data="greet:1")
    await phone.step()
    assert await phone.world.said() == before

    async def answered() -> bool:
        return bool((await phone.seen())[0]["answered_callback"] == 1)

    await until(answered)


async def test_pressed_after_a_person_took_over_it_is_heard_and_no_machine_speaks(
    phone: Phone,
) -> None:
    danger = await asked(phone, "1")
    await phone.world.taken()
    before = await phone.world.said()
    await phone.act("press", message_id=danger["message_id"], data="danger:1")
    await phone.step()
    (row,) = (await phone.world.queue()).mine
    assert (row.tier, row.unread) == (Tier.P1, 3)
    assert await phone.world.said() == before


async def test_pressed_after_it_was_closed_it_opens_the_conversation_again(phone: Phone) -> None:
    danger = await asked(phone, "1")
    talk = await phone.world.taken()
    await close(phone.house, phone.world.counsellor, talk, Outcome.HELP_BEGUN)
    await phone.act("press", message_id=danger["message_id"], data="danger:1")
    (row,) = (await phone.world.queue()).waiting
    assert (row.tier, row.returning) == (Tier.P1, True)


async def test_staff_read_what_the_button_said(phone: Phone) -> None:
    danger = await asked(phone, "1")
    await phone.act("press", message_id=danger["message_id"], data="danger:2")
    said = [s for s in (await phone.world.see()).thread if isinstance(s, Said)]
    heard = [(s.body, s.pressed) for s in said if s.author == "contact"]
    assert heard == [("hej", None), ("1", None), ("2", "Kanske i dag")]


@pytest.mark.parametrize(
    "data", ["", "odd", "greet:12", "greet:x", "GREET:1", "a" * 40 + ":1", "å:1"]
)
async def test_an_odd_button_is_answered_and_says_nothing(phone: Phone, data: str) -> None:
    greeting = await asked(phone)
    await phone.act("press", message_id=greeting["message_id"], data=data)
    assert await phone.world.heard() == ["hej"]

    async def answered() -> bool:
        return bool((await phone.seen())[0]["answered_callback"] == 1)

    await until(answered)


async def test_a_button_of_a_text_that_no_script_has_is_a_digit(phone: Phone) -> None:
    greeting = await asked(phone)
    await phone.act("press", message_id=greeting["message_id"], data="nosuch:1")
    await phone.step()
    assert await phone.world.heard() == ["hej", "1"]


@pytest.mark.parametrize(
    "faults",
    [
        {"slow": {"on": "all", "seconds": SLOW}},
        {"_429": {"on": "all", "seconds": 600}},
        {"_500": {"on": "answerCallbackQuery"}},
        {"silent": {"on": "all", "seconds": SLOW}},
    ],
)
async def test_courtesies_that_fail_lose_no_press_and_hold_nobody_up(
    phone: Phone, faults: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courtesy, "PATIENCE", 60)
    greeting = await asked(phone)
    phone.ground.faults(**faults)
    async with asyncio.timeout(SLOW):
        await phone.telegram.updates.take(press(greeting, "greet:1"))
    phone.ground.faults()
    assert await phone.world.heard() == ["hej", "1"]


async def test_a_question_that_may_have_arrived_stays_unknown_and_holds_nothing_back(
    phone: Phone,
) -> None:
    await phone.text("hej")
    phone.ground.faults(**{"drop-after-accepting": {"on": "sendMessage", "times": 1}})
    await phone.step()
    phone.world.clock.advance(seconds=1)
    await settle(phone.house, {Channel.TELEGRAM: phone.telegram.sender})
    (said,) = [s for s in (await phone.world.see()).thread if isinstance(s, Said) and s.delivery]
    assert (said.delivery, said.unsettled) == (Delivery.UNKNOWN, True)
    await phone.press("Ja")
    await phone.step()
    assert await phone.world.said() == ["greet", "privacy", "danger"]
