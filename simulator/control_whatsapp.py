"""WhatsApp in the control API: the 24-hour window, reading, and the words of templates."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.address import on_whatsapp
from simulator.json_body import BadRequest, read_object
from simulator.life import read
from simulator.provider import Provider, now
from simulator.whatsapp import CONTENT_SID

_LONGEST_AGO = 24 * 365 * 10
"""Hours."""


def routes(provider: Provider) -> list[Route]:
    """All that is WhatsApp's alone."""

    async def window(request: Request) -> Response:
        return await _answer(move_window, provider, request)

    async def reading(request: Request) -> Response:
        return await _answer(read_all, provider, request)

    async def templates(request: Request) -> Response:
        return await _answer(name_templates, provider, request)

    return [
        Route("/control/window", window, methods=["POST"]),
        Route("/control/read", reading, methods=["POST"]),
        Route("/control/templates", templates, methods=["PUT"]),
    ]


Control = Callable[[Provider, dict[str, Any]], dict[str, Any]]


async def _answer(control: Control, provider: Provider, request: Request) -> Response:
    try:
        return JSONResponse(control(provider, await read_object(request)))
    except BadRequest as refused:
        return JSONResponse({"error": str(refused)}, 400)


def move_window(provider: Provider, told: dict[str, Any]) -> dict[str, Any]:
    """A phone last wrote so many hours ago, to one `line` or all; null: it never wrote."""
    phone, ago, line = told.get("phone"), told.get("hours_ago"), told.get("line")
    if not isinstance(phone, str) or not (line is None or isinstance(line, str)):
        raise BadRequest("phone is needed, as text; line is text")
    if ago is not None and (not isinstance(ago, int | float) or not 0 <= ago <= _LONGEST_AGO):
        raise BadRequest("hours_ago is a number of hours, or null")
    lines = provider.config.lines if line is None else (line,)
    for each in lines:
        if ago is None:
            provider.windows.forget(phone, each)
        else:
            provider.windows.wrote(phone, each, now() - timedelta(hours=ago))
    return {"open": all(provider.windows.is_open(phone, each, now()) for each in lines)}


def read_all(provider: Provider, told: dict[str, Any]) -> dict[str, Any]:
    """A phone's owner reads all that was delivered to it by WhatsApp."""
    phone = told.get("phone")
    if not isinstance(phone, str):
        raise BadRequest("phone is needed, as text")
    messages = provider.book.oldest_first(on_whatsapp(phone))
    return {"read": [message.sid for message in messages if read(provider, message.sid)]}


def name_templates(provider: Provider, told: dict[str, Any]) -> dict[str, Any]:
    """The words of templates by their ContentSid, beside those that are known."""
    for sid, words in told.items():
        if not CONTENT_SID.fullmatch(sid) or not isinstance(words, str):
            raise BadRequest("an object of ContentSid: words")
    provider.templates |= told
    return dict(provider.templates)
