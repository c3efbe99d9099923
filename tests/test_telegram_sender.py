"""What the line concludes from each way in which a call to Telegram can end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from aiogram import Bot

from domain.message import OptOut
from senders import telegram as telegram_sender
from senders.sender import Accepted, CannotBeAsked, Letter, Refused, Result, TryLater, Unsure
from senders.telegram import A_SECOND, LONGEST_TURN, TelegramSender, Turns, bot_of, keyboard
from tests.telegram_ground import ANNA, BOT_TOKEN, Ground
from tests.telegram_line import labels

NOBODY = "http://127.0.0.1:9"
"""The discard port: whoever connects is refused."""

DANGER = "Är du i fara? 1 Ja, nu 2 Kanske i dag 3 Nej 0 Vill inte svara. Skriv 9 för en person"
codes = (f"c{number:031d}" for number in count())


def letter(body: str = "hej", text_id: str = "", to: str = str(ANNA)) -> Letter:
    return Letter(to=to, sender="", body=body, code=next(codes), text_id=text_id)


@pytest.fixture
async def sender(telegram: Ground) -> AsyncIterator[TelegramSender]:
    telegram.text("hej")
    made = TelegramSender(bot_of(BOT_TOKEN, telegram.base))
    yield made
    await made.close()


def on_the_phone(telegram: Ground) -> list[dict[str, Any]]:
    return telegram.messages(chat=ANNA, direction="outbound")


async def sent(base: str, token: str = BOT_TOKEN) -> Result:
    sender = TelegramSender(bot_of(token, base))
    try:
        return await sender.send(letter())
    finally:
        await sender.close()


async def test_a_text_is_named_by_its_row_and_number_and_by_nobody(
    telegram: Ground, sender: TelegramSender
) -> None:
    one = letter("<b>hej</b> https://example.org")
    result = await sender.send(one)
    (seen,) = on_the_phone(telegram)
    assert result == Accepted(f"{one.code}:{seen['message_id']}")
    assert str(ANNA) not in result.provider_id
    assert len(result.provider_id) <= 64
    assert seen["text"] == one.body
    assert (seen["protect_content"], seen["link_preview_disabled"]) == (True, True)
    assert not seen["buttons"]


async def test_what_the_script_asks_has_buttons_and_what_people_write_has_none(
    telegram: Ground, sender: TelegramSender
) -> None:
    await sender.send(letter(DANGER, "danger"))
    await sender.send(letter(DANGER))
    asked, written = on_the_phone(telegram)
    assert labels(asked) == ["Ja, nu", "Kanske i dag", "Nej", "Vill inte svara"]
    assert [row[0]["callback_data"] for row in asked["buttons"]] == [
        "danger:1", "danger:2", "danger:3", "danger:0",
    ]  # fmt: skip
    assert not written["buttons"]


async def test_short_answers_stand_beside_each_other() -> None:
    made = keyboard(letter("Säkert? 1 Ja 2 Nej", "greet"))
    assert made is not None
    assert [[b.callback_data for b in row] for row in made.inline_keyboard] == [
        ["greet:1", "greet:2"]
    ]


async def test_buttons_that_would_carry_too_much_are_left_out() -> None:
    assert keyboard(letter("Säkert? 1 Ja 2 Nej", "x" * 63)) is None


class Fussy(Bot):
    """Takes no buttons."""

    async def __call__(self, method: Any, request_timeout: int | None = None) -> Any:
        if getattr(method, "reply_markup", None) is not None:
            method = method.model_copy(update={"text": ""})
        return await super().__call__(method, request_timeout)


async def test_where_the_buttons_are_refused_the_words_leave_alone(telegram: Ground) -> None:
    telegram.text("hej")
    plain = bot_of(BOT_TOKEN, telegram.base)
    sender = TelegramSender(Fussy(BOT_TOKEN, session=plain.session))
    assert isinstance(await sender.send(letter(DANGER, "danger")), Accepted)
    await sender.close()
    (seen,) = on_the_phone(telegram)
    assert (seen["text"], seen["buttons"]) == (DANGER, [])


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        ({"_429": {"seconds": 7}}, TryLater(7.0)),
        ({"_403": {}}, Refused(403, OptOut.BLOCKED)),
        ({"deactivated": {}}, Refused(403, OptOut.BLOCKED)),
        ({"_500": {}}, Unsure()),
        ({"_502": {}}, Unsure()),
        ({"drop-before-accepting": {}}, Unsure()),
        ({"drop-after-accepting": {}}, Unsure()),
    ],
)
async def test_each_answer_is_taken_for_what_it_proves(
    telegram: Ground, sender: TelegramSender, fault: dict[str, Any], result: Result
) -> None:
    telegram.faults(**{kind: {"on": "sendMessage"} | more for kind, more in fault.items()})
    assert await sender.send(letter()) == result


async def test_a_time_out_is_unsure_in_under_ten_seconds(
    telegram: Ground, sender: TelegramSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram.faults(slow={"on": "sendMessage", "seconds": 30, "accept_first": True})
    slowest = float(vars(telegram_sender)["TIMEOUT"])
    assert slowest + LONGEST_TURN < 10
    monkeypatch.setattr(telegram_sender, "TIMEOUT", 1.0)
    assert await sender.send(letter()) == Unsure()


async def test_who_is_refused_at_the_door_has_surely_sent_nothing() -> None:
    assert await sent(NOBODY) == TryLater()


async def test_a_wrong_token_is_our_fault_and_loses_nothing(telegram: Ground) -> None:
    wrong = "7100000001:another-token-than-the-right-one"
    assert await sent(telegram.base, wrong) == TryLater()


async def test_too_long_a_text_and_an_unknown_chat_are_refused_for_good(
    sender: TelegramSender,
) -> None:
    assert await sender.send(letter("x" * 4097)) == Refused(400)
    assert await sender.send(letter(to="7999999999")) == Refused(400)


@pytest.mark.parametrize("to", ["", "-100123", "hej", "+46701740610"])
async def test_groups_and_what_is_no_chat_are_never_written_to(to: str) -> None:
    sender = TelegramSender(bot_of(BOT_TOKEN, NOBODY))
    assert await sender.send(letter(to=to)) == Refused(400)


async def test_telegram_cannot_be_asked(sender: TelegramSender) -> None:
    with pytest.raises(CannotBeAsked):
        await sender.sent_since(letter(), datetime(2026, 3, 2, tzinfo=UTC))


async def test_more_than_a_seconds_worth_waits_its_turn_here_or_in_the_outbox() -> None:
    turns = Turns(A_SECOND)
    first = [turns.take() for _ in range(A_SECOND)]
    second = [turns.take() for _ in range(A_SECOND)]
    assert first == [0.0] * A_SECOND
    assert all(0 < late <= LONGEST_TURN for late in second)
    assert turns.take() > LONGEST_TURN
