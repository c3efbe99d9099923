"""Telegram's webhook: who is let in, and what is answered when."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bot import announce
from tests.telegram_ground import ANNA, Ground
from tests.telegram_line import HEADER, PATH, SECRET, Phone, line, until
from tests.world import World
from webhooks.telegram import LIMIT

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def hooked(world: World, telegram: Ground) -> AsyncIterator[Phone]:
    async with line(world, telegram, "webhook") as made:
        yield made


def update(number: int = 9000, body: str = "hej") -> dict[str, Any]:
    who = {"id": ANNA, "is_bot": False, "first_name": "Anna"}
    told = {"message_id": number, "date": 1_772_452_800, "from": who, "text": body}
    return {"update_id": number, "message": told | {"chat": {"id": ANNA, "type": "private"}}}


async def posted(phone: Phone, content: bytes, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=30) as http:
        given = {HEADER: SECRET} | headers
        return await http.post(phone.address + PATH, content=content, headers=given)


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + "0", "å" * 10])
async def test_without_the_secret_nobody_is_read(hooked: Phone, secret: str) -> None:
    with capture_logs() as lines:
        given = [(HEADER.encode(), secret.encode())]
        async with httpx.AsyncClient() as http:
            answer = await http.post(
                hooked.address + PATH, content=json.dumps(update()), headers=given
            )
    assert (answer.status_code, answer.text) == (403, "")
    assert await hooked.world.count("messages") == 0
    assert [told["why"] for told in lines] == ["secret"]


async def test_no_secret_at_all_is_no_secret(hooked: Phone) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(hooked.address + PATH, json=update())
        assert answer.status_code == 403
        assert (await http.get(hooked.address + PATH)).status_code == 405


async def test_a_stored_update_is_answered_200_whatever_host_it_was_sent_to(hooked: Phone) -> None:
    answer = await posted(hooked, json.dumps(update()).encode(), host="elsewhere.example.org")
    assert answer.status_code == 200
    assert await hooked.world.heard() == ["hej"]


async def test_what_is_too_large_is_refused(hooked: Phone) -> None:
    assert (await posted(hooked, b"x" * (LIMIT + 1))).status_code == 413
    assert (await posted(hooked, json.dumps(update(body="x" * 4096)).encode())).status_code == 200


@pytest.mark.parametrize("body", [b"", b"no json", b"[1]", b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_update_is_refused_and_stops_nothing(hooked: Phone, body: bytes) -> None:
    assert (await posted(hooked, body)).status_code == 400
    assert await hooked.post(update()) == 200


async def test_a_kind_that_telegram_invents_tomorrow_is_answered_200(hooked: Phone) -> None:
    assert await hooked.post({"update_id": 1, "tomorrow": {"chat": {"id": ANNA}}}) == 200
    assert await hooked.post({}) == 200


async def test_many_at_once_and_the_same_one_many_times_are_each_stored_once(
    hooked: Phone,
) -> None:
    brought = [update(9000 + at % 10, f"ord {at % 10}") for at in range(40)]
    statuses = await asyncio.gather(*(hooked.post(one) for one in brought))
    assert set(statuses) == {200}
    assert await hooked.world.count("messages") == 10


@pytest.mark.parametrize("kind", ["message", "edited_message", "my_chat_member", "callback_query"])
async def test_what_cannot_be_stored_is_answered_503_and_taken_when_it_comes_again(
    hooked: Phone, kind: str
) -> None:
    await hooked.post(update(8999))
    told = update()["message"]
    if kind == "callback_query":
        told = {"id": "1", "from": told["from"], "message": told, "data": "greet:1"}
    elif kind == "my_chat_member":
        bot = {"id": 1, "is_bot": True, "first_name": ""}
        told = told | {
            "old_chat_member": {"status": "member", "user": bot},
            "new_chat_member": {"status": "kicked", "user": bot, "until_date": 0},
        }
    brought = {"update_id": 9000, kind: told}
    await execute(hooked, "ALTER TABLE events RENAME TO events_away")
    assert await hooked.post(brought) == 503
    await execute(hooked, "ALTER TABLE events_away RENAME TO events")
    assert await hooked.post(brought) == 200
    event = await hooked.world.count("events")
    assert await hooked.post(brought) == 200
    assert await hooked.world.count("events") == event


async def execute(phone: Phone, statement: str) -> None:
    async with phone.house.db.write() as tx:
        await tx.conn.execute(text(statement))


async def test_telegram_brings_again_what_was_not_stored(hooked: Phone) -> None:
    await execute(hooked, "ALTER TABLE events RENAME TO events_away")
    await asyncio.to_thread(hooked.ground.text, "hej")
    await asyncio.sleep(0.5)
    await execute(hooked, "ALTER TABLE events_away RENAME TO events")
    await hooked.taken()
    assert await hooked.world.heard() == ["hej"]


async def test_the_webhook_is_set_once_telegram_answers_again(
    world: World, telegram: Ground
) -> None:
    telegram.faults(_500={"on": "setWebhook", "times": 1})
    async with line(world, telegram, "webhook") as made:
        info = telegram.call("getWebhookInfo").json()["result"]
        assert info["url"] == made.address + PATH
        assert info["allowed_updates"] == [
            "callback_query", "edited_message", "message", "my_chat_member",
        ]  # fmt: skip
        await made.text("hej")
    assert await world.heard() == ["hej"]


async def test_a_webhook_that_another_process_took_away_is_set_again(
    world: World, telegram: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that still polls does while the line is being changed over."""
    monkeypatch.setattr(announce, "LOOKS", 0.1)
    async with line(world, telegram, "webhook") as made:
        await asyncio.to_thread(telegram.call, "deleteWebhook")

        async def is_back() -> bool:
            told = await asyncio.to_thread(telegram.call, "getWebhookInfo")
            return bool(told.json()["result"]["url"] == made.address + PATH)

        await until(is_back)
        await made.text("hej")
    assert await world.heard() == ["hej"]
