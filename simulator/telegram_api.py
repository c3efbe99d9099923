"""Telegram's Bot API at /bot{token}/{method}: its envelopes, and what goes wrong on purpose."""

import asyncio
from hmac import compare_digest
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from simulator.hangup import HangUp
from simulator.telegram import Telegram
from simulator.telegram_arguments import Arguments, Refused, read
from simulator.telegram_methods import METHODS

_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


def routes(telegram: Telegram) -> list[Route]:
    """All methods, under the bot's token."""

    async def call(request: Request) -> Response:
        return await _answer(telegram, request)

    return [Route("/bot{token}/{method}", call, methods=["GET", "POST"])]


async def _answer(telegram: Telegram, request: Request) -> Response:
    telegram.counts["requests"] += 1
    try:
        told = await read(request)
        return await _with_faults(telegram, request, told)
    except Refused as refused:
        telegram.counts["refused"] += 1
        return envelope(refused)


def envelope(refused: Refused) -> Response:
    """How Telegram says no."""
    told: dict[str, Any] = {
        "ok": False,
        "error_code": refused.code,
        "description": refused.description,
    }
    headers = {}
    if refused.retry_after is not None:
        told["parameters"] = {"retry_after": refused.retry_after}
        headers["Retry-After"] = str(refused.retry_after)
    return JSONResponse(told, refused.code, headers)


async def _with_faults(telegram: Telegram, request: Request, told: Arguments) -> Response:
    name = request.path_params["method"]
    place = {"method": name, "chat": told.integer("chat_id")}
    faults = telegram.faults
    if faults.take("down", **place) or faults.take("drop-before-accepting", **place):
        return HangUp()
    _check(telegram, request)
    if faults.take("502", **place):
        return HTMLResponse(_GATEWAY, 502)
    _refuse(telegram, place)
    slow = faults.take("slow", **place)
    if slow and not slow.accept_first:
        await asyncio.sleep(slow.seconds)
    result = await METHODS[name.casefold()](telegram, told)
    if faults.take("drop-after-accepting", **place):
        return HangUp()
    if silent := faults.take("silent", **place):
        await _until_gone(request, silent.seconds)
        return HangUp()
    if slow and slow.accept_first:
        await asyncio.sleep(slow.seconds)
    return JSONResponse({"ok": True, "result": result})


def _check(telegram: Telegram, request: Request) -> None:
    token = telegram.config.telegram_token
    if token is None or not compare_digest(request.path_params["token"].encode(), token.encode()):
        raise Refused(401, "Unauthorized")
    if request.path_params["method"].casefold() not in METHODS:
        raise Refused(404, "Not Found: method not found")


def _refuse(telegram: Telegram, place: dict[str, Any]) -> None:
    if limited := telegram.faults.take("429", **place):
        after = max(round(limited.seconds), 1)
        raise Refused(429, f"Too Many Requests: retry after {after}", after)
    if telegram.faults.take("403", **place):
        raise Refused(403, "Forbidden: bot was blocked by the user")
    if telegram.faults.take("deactivated", **place):
        raise Refused(403, "Forbidden: user is deactivated")
    if telegram.faults.take("500", **place):
        raise Refused(500, "Internal Server Error")


async def _until_gone(request: Request, seconds: float) -> None:
    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), seconds)
    except TimeoutError:
        return
