"""Puts the simulator together: Twilio's REST API, Telegram's, the control API and the phones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator import (
    control,
    control_calls,
    control_whatsapp,
    media,
    phone,
    phone_call,
    stage,
    telegram_api,
    telegram_control,
    telegram_phone,
    twilio_rest,
)
from simulator.config import Config
from simulator.connections import is_loopback
from simulator.provider import Provider
from simulator.resource import API

_FOR_THE_LINE = (f"{API}/", f"{media.CDN}/", "/bot")
"""What a line on another machine may ask for; each of these addresses has a guard of its own."""


def create_app(config: Config) -> Starlette:
    """An ASGI application for uvicorn, with its state in `app.state.provider`."""
    provider = Provider(config)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        provider.telegram.start()
        yield
        await provider.close()

    app = Starlette(
        routes=[
            *twilio_rest.routes(provider),
            *media.routes(provider),
            *control.routes(provider),
            *control_calls.routes(provider),
            *control_whatsapp.routes(provider),
            *phone.routes(provider),
            *phone_call.routes(provider),
            *telegram_api.routes(provider.telegram),
            *telegram_control.routes(provider.telegram),
            *telegram_phone.routes(provider.telegram),
            *stage.routes(provider),
        ],
        lifespan=lifespan,
    )
    app.add_middleware(OnlyThisMachine)
    app.state.provider = provider
    return app


class OnlyThisMachine:
    """Lets the page and the control API be used from this machine alone, under its own name."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 to others; a foreign Host would be a page of somebody else's in a browser."""
        if scope["type"] == "http" and not scope["path"].startswith(_FOR_THE_LINE):
            headers = dict(scope["headers"])
            named = urlsplit(f"//{headers.get(b'host', b'').decode('latin-1')}").hostname or ""
            peer = (scope.get("client") or ("",))[0]
            if not is_loopback(named) or not is_loopback(peer):
                await PlainTextResponse("403", 403)(scope, receive, send)
                return
        await self._app(scope, receive, send)
