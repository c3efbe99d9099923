"""The fake Telegram posts updates to a webhook, in order and until they are taken."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError
from aiogram.types import Update

from simulator.__main__ import configuration, parse
from simulator.serving import running
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.telegram_ground import (
    ANNA,
    BO,
    BOT_TOKEN,
    SECRET,
    Ground,
    Receiver,
    client,
    receiver,
    simulator,
)

ROOT = Path(__file__).parent.parent
MORE = {"account-sid": "AC1", "auth-token": "x", "webhook": "http://127.0.0.1:9/in"}


@pytest.fixture
def hook() -> Iterator[tuple[Receiver, str]]:
    with receiver() as made:
        yield made


@pytest.fixture
def ground() -> Iterator[Ground]:
    with simulator(retry_pause=0.02) as made:
        yield made


@pytest.fixture
async def bot(ground: Ground) -> AsyncIterator[Bot]:
    async with client(ground.base) as made:
        yield made


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


async def test_a_webhook_is_set_used_with_its_secret_and_deleted(
    ground: Ground, bot: Bot, hook: tuple[Receiver, str]
) -> None:
    listener, url = hook
    assert await bot.set_webhook(url, secret_token=SECRET, max_connections=5)
    sent = ground.text("hej", wait=True)
    assert sent["delivered"]["how"] == "webhook" and sent["delivered"]["attempts"] == 1
    [heard] = listener.heard
    assert heard.secret == SECRET
    update = Update.model_validate(heard.update)
    assert update.update_id == sent["update_id"]
    assert update.message is not None and update.message.text == "hej"
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.max_connections) == (url, 0, 5)
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()
    assert await bot.delete_webhook()
    ground.text("senare")
    [waiting] = await bot.get_updates()
    assert waiting.message is not None and waiting.message.text == "senare"
    assert len(listener.heard) == 1


async def test_what_waits_is_delivered_when_a_webhook_is_set_or_dropped_when_told(
    ground: Ground, bot: Bot, hook: tuple[Receiver, str]
) -> None:
    listener, url = hook
    ground.text("1")
    await bot.set_webhook(url)
    assert texts(listener.wait_for(1)) == ["1"]
    assert listener.heard[0].secret is None
    await bot.delete_webhook()
    ground.text("2")
    await bot.set_webhook(url, drop_pending_updates=True)
    ground.text("3", wait=True)
    assert texts(listener.wait_for(2)) == ["1", "3"]


async def test_a_refused_update_comes_again_and_holds_back_its_own_chat_alone(
    ground: Ground, bot: Bot, hook: tuple[Receiver, str]
) -> None:
    listener, url = hook
    listener.statuses = [503, 0, 403]
    await bot.set_webhook(url)
    first = ground.text("1")
    listener.wait_for(1)
    ground.text("2")
    sent = ground.text("3", wait=20)
    assert sent["delivered"]["how"] == "webhook"
    assert texts(listener.wait_for(6)) == ["1", "1", "1", "1", "2", "3"]
    assert {each.update["update_id"] for each in listener.heard[:4]} == {first["update_id"]}
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 403 Forbidden"
    assert info.last_error_date is not None


async def test_a_webhook_that_is_down_is_tried_until_it_is_back(ground: Ground, bot: Bot) -> None:
    port = free_port()
    await bot.set_webhook(f"http://127.0.0.1:{port}/hook")
    ground.text("hej")
    ground.text("hej", chat=BO)
    until = time.monotonic() + PATIENCE
    while (info := await bot.get_webhook_info()).last_error_message is None:
        assert time.monotonic() < until
    assert info.last_error_message == "Connection refused"
    assert info.pending_update_count == 2
    listener = Receiver()
    with running(listener.app(), port):
        listener.wait_for(2)
        until = time.monotonic() + PATIENCE
        while (await bot.get_webhook_info()).pending_update_count:
            assert time.monotonic() < until


async def test_one_chat_does_not_wait_for_another(
    ground: Ground, bot: Bot, hook: tuple[Receiver, str]
) -> None:
    listener, url = hook
    listener.delay = 2.0
    await bot.set_webhook(url)
    ground.text("hej")
    listener.wait_for(1)
    ground.text("hej", chat=BO)
    ground.text("hej igen")
    heard = listener.wait_for(2)
    assert [update["message"]["chat"]["id"] for update in heard[:2]] == [ANNA, BO]


async def test_every_update_is_posted_twice_when_told(
    ground: Ground, bot: Bot, hook: tuple[Receiver, str]
) -> None:
    listener, url = hook
    ground.faults(doubled={"chat": ANNA})
    await bot.set_webhook(url)
    ground.text("1")
    ground.text("2", chat=BO, wait=True)
    ground.text("3", wait=True)
    heard = listener.wait_for(5)
    assert sorted(texts(heard)) == ["1", "1", "2", "3", "3"]


async def test_raw_updates_are_posted_as_they_are(
    ground: Ground, bot: Bot, hook: tuple[Receiver, str]
) -> None:
    listener, url = hook
    await bot.set_webhook(url)
    for update in ({"update_id": 7, "hologram": {}}, {"update_id": 7, "hologram": {}}, {"x": 1}):
        ground.act("raw", update=update, wait=True)
    first, second, third = listener.wait_for(3)
    assert first == second == {"update_id": 7, "hologram": {}}
    assert third["x"] == 1 and third["update_id"] > 7


async def test_a_webhook_elsewhere_or_with_an_odd_secret_is_refused(
    ground: Ground, bot: Bot
) -> None:
    for url in ("https://example.org/hook", "ftp://localhost/hook", "no address"):
        with pytest.raises(TelegramBadRequest, match="bad webhook"):
            await bot.set_webhook(url)
    with pytest.raises(TelegramBadRequest, match="secret token"):
        await bot.set_webhook("http://localhost:9/hook", secret_token="å")
    assert (await bot.get_webhook_info()).url == ""


async def test_setting_a_webhook_ends_a_poll_that_waits(
    ground: Ground, bot: Bot, hook: tuple[Receiver, str]
) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=30, request_timeout=60))
    await asyncio.to_thread(ground.until_polled)
    async with client(ground.base) as other:
        await other.set_webhook(hook[1])
    with pytest.raises(TelegramConflictError, match="setWebhook"):
        await polling


async def test_reset_drops_what_waits_and_keeps_the_webhook(
    ground: Ground, bot: Bot, hook: tuple[Receiver, str]
) -> None:
    listener, url = hook
    listener.statuses = [503] * 1000
    await bot.set_webhook(url)
    ground.text("1")
    listener.wait_for(4)  # the next one would come after almost a second: none is on its way
    ground.reset()
    listener.statuses = []
    before = len(listener.heard)
    ground.text("2", wait=True)
    assert texts(listener.wait_for(before + 1))[before:] == ["2"]


def test_the_command_lines_webhook_is_set_at_the_start(hook: tuple[Receiver, str]) -> None:
    listener, url = hook
    with simulator(telegram_webhook=url, telegram_secret=SECRET) as ground:
        ground.text("hej", wait=True)
        assert listener.heard[0].secret == SECRET


def test_through_leads_updates_elsewhere_than_their_address(hook: tuple[Receiver, str]) -> None:
    listener, url = hook
    base = url.removesuffix("/hook")
    with simulator(telegram_webhook="https://line.example.org/hook", through=base) as ground:
        assert ground.text("hej", wait=True)["delivered"]["how"] == "webhook"
        assert len(listener.heard) == 1


def test_without_a_token_everything_is_unauthorised() -> None:
    with simulator(telegram_token=None) as ground:
        for token in (BOT_TOKEN, "None", "x"):
            answer = ground.call("getMe", token=token)
            assert answer.status_code == 401
            assert answer.json()["description"] == "Unauthorized"
        page = httpx.get(f"{ground.base}/telegram", headers={"Accept-Language": "en"})
        assert "Telegram is off" in page.text
        sent = httpx.post(f"{ground.base}/telegram/start", data={"chat": str(ANNA)})
        assert sent.status_code == 403


def test_the_bot_api_is_reached_under_any_name_and_the_control_api_is_not(
    ground: Ground,
) -> None:
    elsewhere = {"Host": "telegram.example.org"}
    assert httpx.post(f"{ground.base}/bot{BOT_TOKEN}/getMe", headers=elsewhere).status_code == 200
    for path in ("/control/telegram/messages", "/telegram", "/telegram/thread"):
        assert httpx.get(f"{ground.base}{path}", headers=elsewhere).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"telegram-token": "no-number"},
        {"telegram-webhook": "http://127.0.0.1:9/hook"},
        {"telegram-token": BOT_TOKEN, "telegram-secret": "two words"},
        {"telegram-token": BOT_TOKEN, "telegram-webhook": "ftp://127.0.0.1/hook"},
    ],
)
def test_a_command_line_that_cannot_work_is_refused(wrong: dict[str, str]) -> None:
    told = [f"--{name}={value}" for name, value in (MORE | wrong).items()]
    with pytest.raises(SystemExit):
        parse([*told, "--line", "+46701740605"])


def test_the_command_line_names_token_webhook_and_secret() -> None:
    telegram = {
        "telegram-token": BOT_TOKEN,
        "telegram-webhook": "http://127.0.0.1:9/hook",
        "telegram-secret": SECRET,
    }
    told = [f"--{name}={value}" for name, value in (MORE | telegram).items()]
    config = configuration(parse([*told, "--line", "+46701740605"]))
    assert config.telegram_token == BOT_TOKEN
    assert config.telegram_webhook == "http://127.0.0.1:9/hook"
    assert config.telegram_secret == SECRET


def test_a_program_that_was_polled_stops_when_told() -> None:
    port = free_port()
    told = [f"--{name}={value}" for name, value in MORE.items()]
    told += ["--line", "+46701740605", "--port", str(port), "--telegram-token", BOT_TOKEN]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", *told], cwd=ROOT, env=environment
    )
    address = f"http://127.0.0.1:{port}/bot{BOT_TOKEN}"
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                httpx.get(f"{address}/getMe").raise_for_status()
                break
            except httpx.ConnectError:
                assert time.monotonic() < until and process.poll() is None
                time.sleep(0.05)
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{address}/getUpdates", params={"timeout": "50"}, timeout=0.5)
        process.terminate()
        assert process.wait(timeout=40) is not None  # the poll itself would last fifty
    finally:
        process.kill()
        process.wait()
