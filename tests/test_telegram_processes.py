"""The line as it runs: phone, bot, queue, counsellor, reply, phone; killed, taken over, and silent
about who it was."""

import asyncio
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.browser.serving import Visitor
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process import METER, Machines, machines
from tests.telegram_ground import BOT_TOKEN, Ground
from tests.telegram_line import SECRET, labels
from tests.test_canary import NAME, PASSPHRASE, WORD, found_in, traces

pytestmark = pytest.mark.timeout(600)

CHAT = 7_006_971_697


@contextmanager
def telegram_machines(
    folder: Path, mode: str, database_url: str | None = None
) -> Iterator[tuple[Machines, Ground]]:
    """A line with a bot, and the phones; only the provider runs yet."""
    own = {"telegram_token": BOT_TOKEN, "telegram_mode": mode}
    own |= {"telegram_webhook_secret": SECRET} if mode == "webhook" else {}
    with machines(folder, database_url) as made:
        made.settings |= own | {"telegram_api_url": made.settings["twilio_api_url"]}
        provider = made.provider("--telegram-token", BOT_TOKEN)
        yield made, Ground(provider.address)


def greetings(ground: Ground) -> Counter[int]:
    """How many each chat has had."""
    said = ground.messages(direction="outbound")
    return Counter(one["chat"] for one in said if one["text"].startswith("Hej, bra att du skrev"))


def wait_until_greeted(ground: Ground, chats: list[int]) -> None:
    until = time.monotonic() + PATIENCE
    while not set(chats) <= set(greetings(ground)):
        assert time.monotonic() < until, "somebody was never answered"
        time.sleep(0.5)


def test_two_processes_poll_in_turn_and_a_killed_one_loses_and_doubles_nothing(
    tmp_path: Path, postgres_database: str
) -> None:
    with telegram_machines(tmp_path, "polling", postgres_database) as (made, ground):
        first = made.serve()
        ground.text("hej", CHAT)
        wait_until_greeted(ground, [CHAT])
        second = made.serve(free_port())
        some = list(range(CHAT + 1, CHAT + 6))
        for chat in some:
            ground.text("hej", chat)
        wait_until_greeted(ground, some)
        assert "TelegramConflictError" not in made.written()
        more = list(range(CHAT + 6, CHAT + 16))
        for at, chat in enumerate(more):
            if at == 5:
                first.kill()
            ground.text("hej", chat)
        wait_until_greeted(ground, more)
        time.sleep(3)
        assert greetings(ground) == Counter([CHAT, *some, *more])
        status, meter = second.get("/metrics", Authorization=f"Bearer {METER}")
        assert status == 200
        assert "utvag_messages_received_total" in meter
        assert second.stop() == 0


def test_a_poller_that_is_stopped_ends_in_time_and_the_next_need_not_wait(tmp_path: Path) -> None:
    with telegram_machines(tmp_path, "polling") as (made, ground):
        first = made.serve()
        ground.text("hej", CHAT)
        wait_until_greeted(ground, [CHAT])
        assert first.stop() == 0
        database = sqlite3.connect(Path(made.settings["data_dir"]) / "utvag.sqlite3")
        assert database.execute("SELECT count(*) FROM leases").fetchone() == (0,)
        database.close()


@pytest.mark.parametrize("mode", ["webhook", "polling"])
def test_killed_again_and_again_every_text_is_taken_once(tmp_path: Path, mode: str) -> None:
    with telegram_machines(tmp_path, mode) as (made, ground):
        chats = list(range(CHAT, CHAT + 9))
        line = made.serve()
        for at, chat in enumerate(chats):
            ground.text("hej", chat)
            if at == 4:
                line.kill()
                line = made.serve()
        wait_until_greeted(ground, chats)
        assert greetings(ground) == Counter(chats)
        assert line.stop() == 0


async def visiting(made: Machines, http: httpx.AsyncClient) -> Visitor:
    visitor = Visitor(http)
    link = (await asyncio.to_thread(made.utvag, "staff", "invite", NAME)).strip()
    path = link.removeprefix(made.public)
    await visitor.get(path)
    answer = await visitor.post(path, passphrase=PASSPHRASE, repeated=PASSPHRASE)
    assert answer.status_code == 303
    return visitor


async def heard(ground: Ground, words: str) -> dict[str, Any]:
    """The bot's message with these words, once it is on the phone."""
    end = time.monotonic() + PATIENCE
    while True:
        said = await asyncio.to_thread(ground.messages, chat=CHAT, direction="outbound")
        found = [one for one in said if words in one["text"]]
        if found:
            return found[-1]
        assert time.monotonic() < end, said
        await asyncio.sleep(0.3)


async def shown(visitor: Visitor, path: str, words: str) -> str:
    end = time.monotonic() + PATIENCE
    while words not in (page := (await visitor.get(path)).text):
        assert time.monotonic() < end, page
        await asyncio.sleep(0.1)
    return page


@pytest.mark.parametrize("mode", ["webhook", "polling"])
async def test_a_conversation_from_phone_to_phone_leaves_no_trace_of_who_it_was(
    tmp_path: Path, mode: str
) -> None:
    with telegram_machines(tmp_path, mode) as (made, ground):
        line = made.serve()
        async with httpx.AsyncClient(
            base_url=made.public, headers={"accept-language": "en"}
        ) as http:
            visitor = await visiting(made, http)
            await conversed(visitor, ground)
            status, meter = line.get("/metrics", Authorization=f"Bearer {METER}")
            assert status == 200
        assert line.stop() == 0
        logs = made.written().encode()
        for haystack in (meter.encode(), logs):
            assert traces(haystack) == []
            assert str(CHAT).encode() not in haystack
        assert kept_traces(Path(made.settings["data_dir"])) == {}


def kept_traces(folder: Path) -> dict[str, list[str]]:
    chat = str(CHAT).encode()
    ids = {file.name: ["chat"] for file in folder.iterdir() if chat in file.read_bytes()}
    return found_in(folder.iterdir()) | ids


async def conversed(visitor: Visitor, ground: Ground) -> None:
    who: dict[str, Any] = {
        "chat": CHAT,
        "first_name": NAME,
        "username": f"{NAME}_x",
        "language_code": "sv",
    }

    async def act(what: str, **told: Any) -> Any:
        return await asyncio.to_thread(lambda: ground.act(what, **who | told))

    first = await act("text", text=f"{WORD} hej")
    greeting = await heard(ground, "bra att du skrev")
    assert labels(greeting) == ["Ja", "Nej"]
    await act("press", message_id=greeting["message_id"], label="Ja")
    danger = await heard(ground, "i fara?")
    assert danger["protect_content"]
    for kind in ("contact", "location", "voice"):
        await act("other", kind=kind)
    await act("edit", message_id=first["message_id"], text=f"{WORD} de skjuter här")
    await heard(ground, "Ring 112 nu")
    page = await shown(visitor, "/queue", "P1")
    path = re.search(r"/conversations/[0-9a-f-]{36}", page)
    assert path
    thread = await shown(visitor, path[0], f"{WORD} de skjuter här")
    for words in (f"{WORD} hej", "1 · Ja", "Edited", "contact details"):
        assert words in thread, words
    assert f"{NAME}_x" not in thread
    assert str(CHAT) not in thread
    assert (await visitor.post(f"{path[0]}/take")).status_code == 303
    reply = {"reply": f"{WORD} jag heter Alva", "form_key": str(uuid4()), "asked": "1"}
    assert (await visitor.post(f"{path[0]}/reply", **reply)).status_code == 303
    assert (await heard(ground, "jag heter Alva"))["buttons"] == []
    await act("block", blocked=True)
    await shown(visitor, path[0], "Blocked us")
    await act("text", text=f"{WORD} förlåt")
    await shown(visitor, path[0], "Unblocked us")
