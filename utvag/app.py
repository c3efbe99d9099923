"""The web application: webhooks, pages and health, wired to one running line."""

import asyncio
import hmac
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handlers.called import unstored
from handlers.note_status import Status, note_statuses
from handlers.together import Together
from staff.app import ErrorPage, StaffSettings, create_router, error_pages
from utvag.headers import Carried, carried, with_headers
from utvag.line import Line
from utvag.log import where
from utvag.settings import Settings
from webhooks import telegram, twilio
from webhooks.signature import Signature

READY = 5.0
"""Seconds; a database that takes longer to answer is not ready."""

METER = "/metrics"

ERROR_ID = "X-Error-Id"
"""The answer's header by which an error is found in the log."""

log = structlog.get_logger()


def create_app(line: Line, settings: Settings, framed_by: str = "") -> FastAPI:
    """Everything that HTTP reaches. `framed_by`: the one origin whose page may show the desk."""
    settings.needs("public_url")
    app = WithDoors(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # else it leads to whatever host the request names
    )
    doors: dict[str, twilio.Endpoint] = {}
    if settings.twilio_is_on:
        signature = Signature(settings.public_url, settings.twilio_auth_token.get_secret_value())
        doors = twilio.endpoints(_inlet(line), signature)
        for path, endpoint in doors.items():
            app.add_route(path, endpoint, methods=["POST"])
    if line.telegram is not None and settings.telegram_mode == "webhook":
        secret = settings.telegram_webhook_secret.get_secret_value()
        inlet = telegram.Inlet(line.telegram.bringing().take, _refused(line))
        app.add_route(telegram.PATH, telegram.endpoint(inlet, secret), methods=["POST"])
    _add_health(app, line, settings)
    page = _add_desk(app, line, StaffSettings(settings.public_url, framed_by=framed_by))
    headers = carried(settings.public_url)
    app.add_middleware(Outermost, page=page, carried=headers)
    app.doors = {path: Outermost(_asgi(door), page, headers) for path, door in doors.items()}
    return app


def _asgi(endpoint: twilio.Endpoint) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return app


class WithDoors(FastAPI):
    """What Twilio posts goes past all that pages need, which costs half as much as the endpoint.

    The same endpoints stand among the routes, for every other method and for whoever lists them.
    """

    doors: Mapping[str, ASGIApp] = MappingProxyType({})
    """By their path; one that ends in a code is named by `{code}`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As FastAPI, but for the doors."""
        if scope["type"] == "http" and scope["method"] == "POST" and not scope.get("root_path"):
            door = self.doors.get(scope["path"])
            if door is None:
                parent, _, code = scope["path"].rpartition("/")
                door = self.doors.get(f"{parent}/{{code}}") if code else None
                scope = scope if door is None else {**scope, "path_params": {"code": code}}
            if door is not None:
                await door(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


def _inlet(line: Line) -> twilio.Inlet:
    statuses = Together[Status](partial(note_statuses, line.house))
    return twilio.Inlet(
        line.take,
        statuses.add,
        line.calls.take,
        partial(unstored, line.house),
        line.house.now,
        twilio.Counted(_refused(line)),
    )


def _refused(line: Line) -> Callable[[str], None]:
    def refused(why: str) -> None:
        line.metrics.refused.labels(why).inc()
        log.warning("webhook_refused", why=why)

    return refused


def _add_health(app: FastAPI, line: Line, settings: Settings) -> None:
    @app.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> Response:
        return PlainTextResponse("ok")

    @app.api_route("/readyz", methods=["GET", "HEAD"])
    async def readyz() -> Response:
        ready = await _is_ready(line)
        return PlainTextResponse("ready" if ready else "not ready", 200 if ready else 503)

    @app.get(METER)
    async def metrics(request: Request) -> Response:
        token = settings.metrics_token.get_secret_value()
        given = request.headers.get("authorization", "")
        if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return PlainTextResponse("", 404)
        return Response(line.metrics.exposition(), media_type="text/plain; version=0.0.4")


async def _is_ready(line: Line) -> bool:
    try:
        async with asyncio.timeout(READY):
            return await line.house.db.is_ready()
    except TimeoutError:
        return False


def _add_desk(app: FastAPI, line: Line, settings: StaffSettings) -> ErrorPage:
    app.include_router(create_router(line.house, settings, line.live))
    page = error_pages(line.house, settings)

    async def lost(request: Request, error: Exception) -> Response:
        if request.url.path == METER:
            return PlainTextResponse("", 404)  # it does not exist for whoever asks in another way
        status = error.status_code if isinstance(error, HTTPException) else 500
        if _is_for_machines(request.url.path):
            return PlainTextResponse("", status, headers=getattr(error, "headers", None))
        return await page(request, status)

    for status in (404, 405):
        app.add_exception_handler(status, lost)
    return page


def _is_for_machines(path: str) -> bool:
    return path.startswith("/webhooks/") or path in {"/healthz", "/readyz", METER}


class Outermost:
    """What nobody foresaw: an id in the log and in the answer, and nothing else of it."""

    def __init__(self, app: ASGIApp, page: ErrorPage, carried: Carried) -> None:
        """Wraps everything; `page` is what a counsellor reads instead of what failed, `carried`
        the headers of every answer that has none of its own by that name."""
        self._app, self._page, self._carried = app, page, carried

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 500 with an id where the app raised before it answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = False

        async def noting(message: Message) -> None:
            nonlocal began
            began = True
            if message["type"] == "http.response.start":
                with_headers(message, self._carried)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - the outermost line of a request
            number = uuid.uuid4().hex[:12]
            log.error("request_failed", id=number, error=type(error).__name__, where=where(error))
            if not began:
                await (await self._answer(Request(scope), number))(scope, receive, noting)

    async def _answer(self, request: Request, number: str) -> Response:
        plain = PlainTextResponse(f"Error {number}", 500, {ERROR_ID: number})
        if _is_for_machines(request.url.path):
            return plain
        try:
            answer = await self._page(request, 500, number)
        except Exception:  # noqa: BLE001 - the page itself is what fails
            return plain
        answer.headers[ERROR_ID] = number
        return answer
