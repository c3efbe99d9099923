"""Every route of the whole application, asked in this process without a network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlsplit

import httpx
from fastapi import APIRouter, FastAPI
from starlette.routing import Route

from domain.member import Member
from domain.message import InboundMessage
from handlers.house import House
from handlers.live import Live
from handlers.receive import receive
from handlers.together import Together
from staff import csrf
from staff.visit import SESSION_COOKIE
from tests.browser.serving import session_of
from tests.process import ACCOUNT, METER, TOKEN
from tests.world import SECRET
from utvag.app import create_app
from utvag.line import Line
from utvag.metrics import Metrics
from utvag.missed_calls import MissedCalls
from utvag.settings import load
from utvag.telegram import telegram_of

PUBLIC = "https://line.example.org"

STREAMS = frozenset({"/live", "/live/here"})
"""They go on for as long as somebody listens."""


@dataclass
class Doors:
    """The application, and who knocks."""

    app: FastAPI
    http: httpx.AsyncClient
    house: House

    @property
    def routes(self) -> list[tuple[str, str]]:
        """Method and path of all."""
        every = list(self.app.routes)
        for each in self.app.routes:
            if isinstance(inner := getattr(each, "original_router", None), APIRouter):
                every += inner.routes
        found = [route for route in every if isinstance(route, Route)]
        return sorted({(m, route.path) for route in found for m in route.methods or ()})

    async def cookies(self, member: Member | None) -> tuple[dict[str, str], str]:
        """Those of somebody, and the token of their forms."""
        if member is None:
            secret = csrf.new_secret()
            return {self.named(csrf.COOKIE): secret}, csrf.token_for(secret)
        token = await session_of(self.house, member)
        return {self.named(SESSION_COOKIE): token}, csrf.token_for(token)

    @staticmethod
    def named(cookie: str) -> str:
        """As it is called where the public address is https."""
        return f"__Host-{cookie}"

    async def ask(
        self,
        method: str,
        path: str,
        cookies: dict[str, str] | None = None,
        *,
        headers: dict[str, str] | None = None,
        fields: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        kept = "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())
        sent = {"cookie": kept, "accept-language": "en"} | (headers or {})
        return await self.http.request(method, path, headers=sent, data=fields, content=content)


TELEGRAM = {
    "UTVAG_TELEGRAM_TOKEN": "7100000001:made-up-token-of-nobody",
    "UTVAG_TELEGRAM_MODE": "webhook",
    "UTVAG_TELEGRAM_WEBHOOK_SECRET": "a_made-up_secret_of_forty_characters_000",
    "UTVAG_TELEGRAM_API_URL": "http://127.0.0.1:9",
}
"""Of a bot whose Telegram never answers."""


@asynccontextmanager
async def doors_of(
    house: House, public_url: str = PUBLIC, *, telegram: bool = False
) -> AsyncIterator[Doors]:
    """With texts, calls, status and metrics; `telegram`: with a bot's webhook, too."""
    settings = load(
        {
            "UTVAG_PUBLIC_URL": public_url,
            "UTVAG_SECRET_KEY": SECRET,
            "UTVAG_TWILIO_ACCOUNT_SID": ACCOUNT,
            "UTVAG_TWILIO_AUTH_TOKEN": TOKEN,
            "UTVAG_METRICS_TOKEN": METER,
            **(TELEGRAM if telegram else {}),
        }
    )
    metrics, door = Metrics(), Together[InboundMessage](partial(receive, house))
    line = Line(house, metrics, door, MissedCalls(house, metrics), Live(house))
    bot = telegram_of(settings, house, line.take, metrics) if telegram else None
    app = create_app(replace(line, telegram=bot), settings)
    over = httpx.ASGITransport(app, raise_app_exceptions=False)
    base = f"http://{urlsplit(public_url).netloc}"
    async with httpx.AsyncClient(transport=over, base_url=base) as http:
        yield Doors(app, http, house)
