"""The whole application over real HTTP, on loopback, for as long as a test takes."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from http.cookies import SimpleCookie

import httpx
import uvicorn
from pydantic import SecretStr

from domain.member import Member
from domain.message import InboundMessage
from handlers.house import House
from handlers.receive import receive
from handlers.together import Together
from staff import csrf
from staff.visit import SESSION_COOKIE
from tests.sessions import lasting
from tests.world import SECRET
from utvag.app import create_app
from utvag.line import Line
from utvag.live import live_pages
from utvag.metrics import Metrics
from utvag.missed_calls import MissedCalls
from utvag.serve import KEEP_ALIVE
from utvag.settings import Settings

PUBLIC = "https://line.example.org"
PATIENCE = 30
"""Seconds for an answer; other tests may keep both cores busy."""

_secure: set[str] = set()
"""The addresses behind TLS, as far as their visitors know."""

_browsers: dict[str, list[httpx.AsyncClient]] = {}
"""By the address that they visit: closed with it."""


@asynccontextmanager
async def serving(house: House, public_url: str = PUBLIC, port: int = 0) -> AsyncIterator[str]:
    """The address of the line."""
    settings = Settings(public_url=public_url, secret_key=SecretStr(SECRET))
    door, metrics = Together[InboundMessage](partial(receive, house)), Metrics()
    async with live_pages(house, metrics) as live:
        app = create_app(Line(house, metrics, door, MissedCalls(house, metrics), live), settings)
        listener = socket.create_server(("127.0.0.1", port))
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="critical",
                lifespan="off",
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=PATIENCE,
            )
        )
        task = asyncio.create_task(server.serve([listener]))
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if settings.public_url.startswith("https:"):
            _secure.add(base)
        try:
            yield base
        finally:
            _secure.discard(base)
            for browser in _browsers.pop(base, []):
                await browser.aclose()
            live.end()
            server.should_exit = True
            await task
            for left in list(server.server_state.connections):
                left.transport.abort()  # one that came as it ended would still be answered


async def session_of(house: House, member: Member) -> str:
    """A session's token, without the tenth of a second that a passphrase takes."""
    return await lasting(house, member)


def named(base: str, cookie: str) -> str:
    """As the cookie is called there."""
    return f"__Host-{cookie}" if base in _secure else cookie


@dataclass
class Visitor:
    """Somebody with a browser that has no script; keeps cookies as behind a TLS proxy."""

    http: httpx.AsyncClient
    cookies: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def of(cls, house: House, base: str, member: Member | None = None) -> "Visitor":
        http = httpx.AsyncClient(base_url=base, headers={"accept-language": "en"}, timeout=PATIENCE)
        _browsers.setdefault(base, []).append(http)
        kept = {named(base, SESSION_COOKIE): await session_of(house, member)} if member else {}
        return cls(http, kept)

    def kept(self, cookie: str) -> str:
        """What this browser keeps by that name."""
        return self.cookies.get(named(str(self.http.base_url).rstrip("/"), cookie), "")

    @property
    def form_token(self) -> str:
        """What a form of this visitor's pages carries."""
        return csrf.token_for(self.kept(SESSION_COOKIE) or self.kept(csrf.COOKIE))

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.ask("GET", path, headers=headers)

    async def post(self, path: str, **fields: str) -> httpx.Response:
        return await self.ask("POST", path, {csrf.FIELD: self.form_token} | fields)

    async def ask(
        self,
        method: str,
        path: str,
        fields: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"cookie": kept} | (headers or {})
        answer = await self.http.request(method, path, data=fields, headers=sent)
        self.http.cookies.clear()
        for told in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(told).items():
                self.cookies[name] = morsel.value
        return answer
