"""The web application of a house over real HTTP, in the test's own event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

import httpx
import uvicorn
from fastapi import FastAPI
from twilio.request_validator import RequestValidator

from domain.message import InboundMessage
from handlers.house import House
from handlers.live import Live
from handlers.receive import receive
from handlers.together import Together
from tests.process import ACCOUNT, METER, TOKEN
from tests.world import LINE, PHONE, SECRET, sid
from utvag.app import create_app
from utvag.line import Line
from utvag.metrics import Metrics
from utvag.missed_calls import MissedCalls
from utvag.serve import KEEP_ALIVE
from utvag.settings import load
from utvag.slow_clients import ImpatientProtocol

PUBLIC = "https://line.example.org"
HERE = "here"
MESSAGE = "/webhooks/twilio/message"
FORM = "application/x-www-form-urlencoded"

Pairs = Sequence[tuple[str, str]]


@dataclass
class Edge:
    """Posts to the line as Twilio does."""

    http: httpx.AsyncClient
    house: House
    metrics: Metrics
    calls: MissedCalls
    public: str = PUBLIC

    async def post(
        self,
        path: str,
        fields: Mapping[str, str] | Pairs,
        *,
        signed_for: str | None = None,
        signature: str | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
    ) -> httpx.Response:
        """Signed for the public URL and this path, unless told otherwise."""
        pairs = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
        mark = sign(signed_for or self.public + path, pairs) if signature is None else signature
        return await self.http.post(
            path,
            content=urlencode(pairs).encode() if content is None else content,
            headers={"X-Twilio-Signature": mark, "Content-Type": FORM, **(headers or {})},
        )

    async def text(self, body: str = "hej", phone: str = PHONE, **more: str) -> httpx.Response:
        return await self.post(MESSAGE, form(body, phone) | more)

    def counted(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"{name}_total", labels) or 0.0


def form(body: str = "hej", phone: str = PHONE) -> dict[str, str]:
    """A text as Twilio posts it."""
    own = sid()
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "Body": body,
        "From": phone,
        "MessageSid": own,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": own,
        "SmsSid": own,
        "SmsStatus": "received",
        "To": LINE,
    }


@dataclass(frozen=True)
class _Doubled:
    """Fields with doubled keys, in the shape that Twilio's library asks for."""

    pairs: Pairs

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self.pairs])

    def getlist(self, wanted: str) -> list[str]:
        return [value for name, value in self.pairs if name == wanted]


def sign(url: str, pairs: Pairs, token: str = TOKEN) -> str:
    """Twilio's own signature."""
    return str(RequestValidator(token).compute_signature(url, _Doubled(pairs)))


@asynccontextmanager
async def serving(house: House, **own: str) -> AsyncIterator[Edge]:
    """The application on a free port until the end of the block; no loops run.

    `public_url=HERE` makes the port's own address the public one: a made-up provider calls it.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    if own.get("public_url") == HERE:
        own["public_url"] = address
    settings = {
        "UTVAG_PUBLIC_URL": PUBLIC,
        "UTVAG_SECRET_KEY": SECRET,
        "UTVAG_TWILIO_ACCOUNT_SID": ACCOUNT,
        "UTVAG_TWILIO_AUTH_TOKEN": TOKEN,
        "UTVAG_METRICS_TOKEN": METER,
    } | {f"UTVAG_{name.upper()}": value for name, value in own.items()}
    given = load(settings)
    metrics, door = Metrics(), Together[InboundMessage](partial(receive, house))
    calls = MissedCalls(house, metrics)
    app = create_app(Line(house, metrics, door, calls, Live(house)), given)
    async with (
        served(app, listener) as here,
        httpx.AsyncClient(base_url=here) as http,
    ):
        yield Edge(http, house, metrics, calls, given.public_url)


@asynccontextmanager
async def served(app: FastAPI, listener: socket.socket) -> AsyncIterator[str]:
    """An application behind this socket, as `utvag serve` serves it; its address."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=ImpatientProtocol,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
        )
    )
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listener])
    running = asyncio.create_task(server.main_loop())
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        await server.shutdown(sockets=[listener])
