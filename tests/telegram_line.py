"""A line whose bot is real on both sides: aiogram here, a made-up Telegram over HTTP there."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

import httpx

from domain.message import Channel, InboundMessage
from handlers.house import House
from handlers.live import Live
from handlers.receive import receive
from handlers.step_triage import step_triage
from handlers.together import Together
from tests.edge import served
from tests.patience import PATIENCE
from tests.telegram_ground import ANNA, BOT_TOKEN, Ground
from tests.world import SECRET as KEY
from tests.world import World
from utvag.app import create_app
from utvag.line import Line
from utvag.metrics import Metrics
from utvag.missed_calls import MissedCalls
from utvag.postman import Postman
from utvag.settings import Settings, load
from utvag.telegram import Telegram, WayIn, telegram_of

SECRET = "a_made-up_secret_of_forty_characters_000"
PATH = "/webhooks/telegram"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Phone:
    """A contact's Telegram, and the line behind it."""

    world: World
    ground: Ground
    telegram: Telegram
    address: str
    mode: str
    chat: int = ANNA

    @property
    def house(self) -> House:
        return self.world.house

    async def act(self, what: str, **told: Any) -> Any:
        """Do something on the phone; returned when the line has taken the update."""
        wait = PATIENCE / 2 if self.mode == "webhook" else False
        told = {"chat": self.chat, "wait": wait} | told
        done = await asyncio.to_thread(partial(self.ground.act, what, **told))
        await self.taken()
        return done

    async def text(self, text: str, **more: Any) -> int:
        """Write; the message's number."""
        return int((await self.act("text", text=text, **more))["message_id"])

    async def raw(self, **update: Any) -> None:
        """An update as this test writes it."""
        await self.act("raw", update=update)

    async def press(self, label: str, **more: Any) -> None:
        """Press a button under the newest message of the bot's that has it."""
        found = [m for m in await self.seen() if label in labels(m)]
        await self.act("press", message_id=found[-1]["message_id"], label=label, **more)

    async def seen(self) -> list[dict[str, Any]]:
        """What the bot has written here."""
        query = {"chat": self.chat, "direction": "outbound"}
        return await asyncio.to_thread(partial(self.ground.messages, **query))

    async def taken(self) -> None:
        """No update waits at Telegram."""
        await until(self._nothing_waits)

    async def _nothing_waits(self) -> bool:
        told = await asyncio.to_thread(self.ground.call, "getWebhookInfo")
        return bool(told.json()["result"]["pending_update_count"] == 0)

    async def step(self) -> None:
        """The machine goes on where it is due, and what it says is on the phone."""
        self.world.clock.advance(seconds=2)
        while await step_triage(self.house):
            pass
        await self.carry()

    async def carry(self) -> None:
        """What may leave leaves."""
        postman = Postman(self.house, {Channel.TELEGRAM: self.telegram.sender}, Metrics())
        while await postman.round():
            await postman.finish(20)
        self.world.clock.advance(seconds=1)

    async def say(self, text: str) -> int:
        number = await self.text(text)
        await self.step()
        return number

    async def post(self, update: Mapping[str, Any], secret: str = SECRET) -> int:
        """Bring an update by hand, as Telegram does; the status."""
        async with httpx.AsyncClient() as http:
            headers = {HEADER: secret}
            return (await http.post(self.address + PATH, json=update, headers=headers)).status_code

    async def talk(self) -> UUID:
        return await self.world.only()


def labels(message: Mapping[str, Any]) -> list[str]:
    """What the buttons under a message say."""
    return [button["text"] for row in message["buttons"] or () for button in row]


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    end = time.monotonic() + PATIENCE
    while not await holds():
        assert time.monotonic() < end, "it never came to hold"
        await asyncio.sleep(0.02)


def settings(mode: str, api: str, public: str) -> Settings:
    given = {
        "UTVAG_PUBLIC_URL": public,
        "UTVAG_SECRET_KEY": KEY,
        "UTVAG_TELEGRAM_TOKEN": BOT_TOKEN,
        "UTVAG_TELEGRAM_MODE": mode,
        "UTVAG_TELEGRAM_API_URL": api,
    }
    secret = {"UTVAG_TELEGRAM_WEBHOOK_SECRET": SECRET} if mode == "webhook" else {}
    return load(given | secret)


@asynccontextmanager
async def line(world: World, ground: Ground, mode: str) -> AsyncIterator[Phone]:
    """The line takes updates in by this mode until the end of the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    given = settings(mode, ground.base, f"http://127.0.0.1:{listener.getsockname()[1]}")
    metrics, door = Metrics(), Together[InboundMessage](partial(receive, world.house))
    made = Line(world.house, metrics, door, MissedCalls(world.house, metrics), Live(world.house))
    telegram = telegram_of(given, world.house, made.take, made.metrics)
    world.house = replace(world.house, bot=telegram.name)
    made = replace(made, house=world.house)
    app = create_app(replace(made, telegram=telegram), given)
    way_in: WayIn = telegram.way_in()
    async with served(app, listener) as address:
        way_in.start()
        phone = Phone(world, ground, telegram, address, mode)
        await until(partial(_is_open, phone))
        try:
            yield phone
        finally:
            await way_in.stop()
            await telegram.sender.close()


async def _is_open(phone: Phone) -> bool:
    told = await asyncio.to_thread(phone.ground.call, "getWebhookInfo")
    return bool(told.json()["result"]["url"]) is (phone.mode == "webhook")
