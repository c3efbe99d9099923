"""What the fake Telegram refuses, breaks on purpose, and cannot understand."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from tests.telegram_ground import ANNA, BO, BOT_TOKEN, Ground, client, simulator


@pytest.fixture(scope="module")
def served() -> Iterator[Ground]:
    with simulator() as ground:
        yield ground


@pytest.fixture
def ground(served: Ground) -> Iterator[Ground]:
    yield served
    served.reset()
    served.call("deleteWebhook")
    served.call("getUpdates", allowed_updates=[])


@pytest.fixture
async def bot(ground: Ground) -> AsyncIterator[Bot]:
    async with client(ground.base) as made:
        yield made


async def test_too_many_requests_say_when_to_come_again(ground: Ground, bot: Bot) -> None:
    ground.text("hej")
    ground.text("hej", chat=BO)
    ground.faults(_429={"times": 1, "seconds": 7, "chat": ANNA})
    await bot.send_message(BO, "hej")
    with pytest.raises(TelegramRetryAfter) as limited:
        await bot.send_message(ANNA, "hej")
    assert limited.value.retry_after == 7
    await bot.send_message(ANNA, "hej")
    assert len(ground.messages(direction="outbound")) == 2


async def test_errors_of_the_server_and_the_network_are_those_of_the_client(
    ground: Ground, bot: Bot
) -> None:
    ground.text("hej")
    ground.faults(_500={"times": 1})
    with pytest.raises(TelegramServerError):
        await bot.send_message(ANNA, "1")
    ground.faults(_403={"times": 1, "chat": ANNA}, deactivated={"times": 1})
    for words in ("blocked by the user", "user is deactivated"):
        with pytest.raises(TelegramForbiddenError, match=words):
            await bot.send_message(ANNA, "1")
    ground.faults(drop_before_accepting={"times": 1})
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(ANNA, "1")
    assert ground.messages(direction="outbound") == []
    ground.faults(drop_after_accepting={"times": 1})
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(ANNA, "2")
    ground.faults(silent={"times": 1, "seconds": 60})
    with pytest.raises(TelegramNetworkError, match="timeout"):
        await bot.send_message(ANNA, "3", request_timeout=1)
    ground.faults(down={"times": 1})
    with pytest.raises(TelegramNetworkError):
        await bot.get_me()
    texts = [each["text"] for each in ground.until(2, direction="outbound")]
    assert texts == ["2", "3"]


async def test_a_proxys_error_page_is_no_json(ground: Ground) -> None:
    ground.text("hej")
    ground.faults(_502={"times": 1})
    answer = ground.call("sendMessage", chat_id=ANNA, text="hej")
    assert answer.status_code == 502 and answer.headers["content-type"].startswith("text/html")


def test_faults_that_do_not_exist_change_nothing(ground: Ground) -> None:
    ground.faults(slow={"seconds": 0.1}, blocked=[ANNA])
    for wrong in (
        {"no-such": True},
        {"429": {"times": 0}},
        {"slow": {"unknown": 1}},
        {"blocked": "all"},
        {"429": {"on": 7}},
        {"429": {"seconds": -1}},
        {"429": {"chat": "ANNA"}},
    ):
        answer = httpx.put(f"{ground.base}/control/telegram/faults", json=wrong)
        assert answer.status_code == 400 and "error" in answer.json()
    left = httpx.get(f"{ground.base}/control/telegram/faults").json()
    assert set(left) == {"slow", "blocked"} and left["blocked"] == [ANNA]


@pytest.mark.parametrize("way", ["query", "urlencoded", "multipart", "json"])
def test_a_method_is_asked_in_every_way_that_telegram_reads(ground: Ground, way: str) -> None:
    ground.text("hej")
    url = f"{ground.base}/bot{BOT_TOKEN}/sendmessage"
    keys = '{"inline_keyboard": [[{"text": "Ja", "callback_data": "1"}]]}'
    form = {"chat_id": str(ANNA), "text": "åäö", "reply_markup": keys, "protect_content": "true"}
    if way == "query":
        answer = httpx.get(url, params=form)
    elif way == "urlencoded":
        answer = httpx.post(url, data=form)
    elif way == "multipart":
        answer = httpx.post(url, files={name: (None, value) for name, value in form.items()})
    else:
        told = {"chat_id": ANNA, "text": "åäö", "protect_content": True}
        rows = {"inline_keyboard": [[{"text": "Ja", "callback_data": "1"}]]}
        answer = httpx.post(url, json=told | {"reply_markup": rows})
    assert answer.status_code == 200 and answer.json()["ok"] is True
    [shown] = ground.messages(direction="outbound")
    assert (shown["text"], shown["protect_content"]) == ("åäö", True)
    assert shown["buttons"] == [[{"text": "Ja", "callback_data": "1"}]]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"chat_id=1&text=a&reply_markup={", "application/x-www-form-urlencoded"),
        (b"--x", "multipart/form-data; boundary=y"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
    ],
)
def test_what_cannot_be_read_is_a_bad_request(ground: Ground, body: bytes, kind: str) -> None:
    url = f"{ground.base}/bot{BOT_TOKEN}/sendMessage"
    answer = httpx.post(url, content=body, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert answer.json()["ok"] is False


def test_the_control_api_says_what_it_cannot_understand(ground: Ground) -> None:
    for what, told in (
        ("text", {"chat": ANNA}),
        ("text", {"chat": "x", "text": "hej"}),
        ("text", {"chat": ANNA, "text": "hej", "first_name": 7}),
        ("text", {"chat": ANNA, "text": "hej", "wait": "long"}),
        ("press", {"chat": ANNA, "message_id": 1}),
        ("block", {"chat": ANNA, "blocked": "yes"}),
        ("raw", {"update": []}),
        ("raw", {"update": {"update_id": "x"}}),
        ("edit", {"chat": ANNA, "message_id": 1}),
    ):
        assert "error" in ground.act(what, (400,), **told)
    assert "error" in ground.act("edit", (404,), chat=ANNA, message_id=1, text="a")
    assert "error" in ground.act("group", (404,), kind="party")
    assert ground.messages() == []


def test_news_can_be_waited_for_and_changes_found_by_revision(ground: Ground) -> None:
    sent = ground.text("hej")
    assert ground.messages(chat=ANNA, after=sent["seq"], wait=0.1) == []
    address = f"{ground.base}/control/telegram/messages"
    before = httpx.get(address).json()["revision"]
    ground.act("edit", chat=ANNA, message_id=sent["message_id"], text="hejdå")
    [changed] = ground.messages(since=before, wait=5)
    assert (changed["text"], changed["edited"]) == ("hejdå", True)
    assert httpx.get(address, params={"chat": "x"}).status_code == 400
    stats = httpx.get(f"{ground.base}/control/stats").json()["telegram"]
    assert (stats["inbound"], stats["messages"], stats["pending"]) == (1, 1, 2)


def test_reset_forgets_messages_but_no_number_is_used_again(ground: Ground) -> None:
    before = ground.text("hej")
    ground.reset()
    assert ground.messages() == []
    after = ground.text("hej")
    assert after["message_id"] > before["message_id"]
    assert after["update_id"] > before["update_id"]
