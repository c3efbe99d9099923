"""Telegram's webhook: what it brings is stored before it is told so.

Source: https://core.telegram.org/bots/api#setwebhook
"""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from handlers.errors import CannotStore
from webhooks.body import TooLarge, read_body

PATH = "/webhooks/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
LIMIT = 512 * 1024
"""Bytes. An honest update, a long text with all that it quotes and its formatting, is far below."""


@dataclass(frozen=True)
class Inlet:
    """What the edge hands on to."""

    update: Callable[[Mapping[str, Any]], Awaitable[None]]
    """Takes in an update of whatever kind; returns when it is committed, or raises CannotStore."""
    refused: Callable[[str], None]
    """Counts a webhook that was not let in, and why: secret, size or form."""


Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(inlet: Inlet, secret: str) -> Endpoint:
    """For POST. Whoever does not know the secret is not read at all."""

    async def update(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()):
            inlet.refused("secret")
            return PlainTextResponse("", 403)
        try:
            body = await read_body(request, LIMIT)
        except TooLarge:
            inlet.refused("size")
            return PlainTextResponse("", 413)
        return await _take(inlet, body)

    return update


async def _take(inlet: Inlet, body: bytes) -> Response:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        inlet.refused("form")
        return PlainTextResponse("", 400)
    try:
        await inlet.update(told)
    except CannotStore:
        return PlainTextResponse("", 503, headers={"Retry-After": "5"})
    return PlainTextResponse("")
