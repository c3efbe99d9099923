"""A simulator with a bot, aiogram's own client for it, and a webhook that only listens."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.app import create_app
from simulator.config import Config
from simulator.hangup import HangUp
from simulator.serving import running
from tests.patience import PATIENCE

BOT_TOKEN = "7100000001:made-up-token-of-the-simulator"
SECRET = "made-up_secret-1"
ANNA, BO = 7_000_000_001, 7_000_000_002
"""Two chats of the page, for a contact and somebody else."""


@dataclass
class Ground:
    """The simulator at an address, with its control API."""

    base: str

    def act(self, what: str, expected: tuple[int, ...] = (200, 202), **told: Any) -> Any:
        """Do what a person does with a phone; what the control API said."""
        answer = httpx.post(f"{self.base}/control/telegram/{what}", json=told, timeout=PATIENCE)
        assert answer.status_code in expected, answer.text
        return answer.json()

    def text(self, text: str, chat: int = ANNA, **more: Any) -> Any:
        return self.act("text", chat=chat, text=text, **more)

    def messages(self, **query: Any) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.base}/control/telegram/messages", params=query, timeout=PATIENCE)
        found: list[dict[str, Any]] = answer.raise_for_status().json()["messages"]
        return found

    def faults(self, **wanted: Any) -> None:
        told = {kind.strip("_").replace("_", "-"): value for kind, value in wanted.items()}
        answer = httpx.put(f"{self.base}/control/telegram/faults", json=told, timeout=PATIENCE)
        answer.raise_for_status()

    def reset(self) -> None:
        httpx.post(f"{self.base}/control/reset", timeout=PATIENCE).raise_for_status()

    def until_polled(self) -> None:
        """Somebody's request for updates waits here."""
        end = time.monotonic() + PATIENCE
        while not self.stats()["polled"]:
            assert time.monotonic() < end, "nobody polls"
            time.sleep(0.01)

    def stats(self) -> dict[str, Any]:
        answer = httpx.get(f"{self.base}/control/stats", timeout=PATIENCE)
        told: dict[str, Any] = answer.raise_for_status().json()["telegram"]
        return told

    def call(self, method: str, token: str = BOT_TOKEN, **told: Any) -> httpx.Response:
        """Ask the Bot API plainly."""
        return httpx.post(f"{self.base}/bot{token}/{method}", json=told, timeout=PATIENCE)

    def until(self, count: int, **query: Any) -> list[dict[str, Any]]:
        """Messages, once there are that many."""
        until = time.monotonic() + PATIENCE
        while len(found := self.messages(**query)) < count:
            assert time.monotonic() < until, f"{len(found)} of {count}"
            time.sleep(0.01)
        return found


@contextmanager
def simulator(**more: Any) -> Iterator[Ground]:
    """A simulator with a bot, or what `more` of Config says."""
    told: dict[str, Any] = {"telegram_token": BOT_TOKEN} | more
    config = Config("AC" + "0" * 32, "made-up", "http://127.0.0.1:9/in", ("+46701740605",), **told)
    with running(create_app(config)) as base:
        yield Ground(base)


@asynccontextmanager
async def client(base: str, token: str = BOT_TOKEN) -> AsyncIterator[Bot]:
    """aiogram's own client, as the line uses it, at the simulator's address."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(base))
    bot = Bot(token, session=session)
    try:
        yield bot
    finally:
        await bot.session.close()


@dataclass(frozen=True)
class Heard:
    """One update as it was posted, and the secret beside it."""

    update: dict[str, Any]
    secret: str | None


@dataclass
class Receiver:
    """Answers `statuses` one after the other (0: hangs up), then 200; `delay` in seconds."""

    statuses: list[int] = field(default_factory=list)
    delay: float = 0.0
    heard: list[Heard] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/hook", self._hear, methods=["POST"])])

    async def _hear(self, request: Request) -> Response:
        secret = request.headers.get("x-telegram-bot-api-secret-token")
        self.heard.append(Heard(await request.json(), secret))
        status = self.statuses.pop(0) if self.statuses else 200
        await asyncio.sleep(self.delay)
        return HangUp() if status == 0 else Response(status_code=status)

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """The updates heard, once there are that many."""
        until = time.monotonic() + PATIENCE
        while len(self.heard) < count:
            assert time.monotonic() < until, f"heard {len(self.heard)} of {count}"
            time.sleep(0.005)
        return [each.update for each in self.heard]


@contextmanager
def receiver() -> Iterator[tuple[Receiver, str]]:
    """A webhook that listens, and its address."""
    made = Receiver()
    with running(made.app()) as base:
        yield made, f"{base}/hook"
