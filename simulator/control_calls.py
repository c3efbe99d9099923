"""Calls in the control API: a phone calls a line, and what the callers heard."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.calling import Dialled, NoVoice, dial
from simulator.json_body import BadRequest, read_object
from simulator.provider import Provider


def routes(provider: Provider) -> list[Route]:
    """Calling, and the list of calls."""

    async def call(request: Request) -> Response:
        return await place(provider, request)

    async def calls(request: Request) -> Response:
        kept = provider.calls.oldest_first()
        return JSONResponse({"calls": [one.as_json() for one in kept]})

    return [
        Route("/control/call", call, methods=["POST"]),
        Route("/control/calls", calls, methods=["GET"]),
    ]


async def place(provider: Provider, request: Request) -> Response:
    """A phone calls a line. With `wait` the answer comes when the call has ended."""
    try:
        told = await read_object(request)
        call, task = dial(provider, _dialled(told, provider.config.lines[0]))
    except (BadRequest, NoVoice) as refused:
        return JSONResponse({"error": str(refused)}, 400)
    if not told.get("wait"):
        return JSONResponse(call.as_json(), 202)
    await asyncio.wait([task])
    return JSONResponse((call if task.cancelled() else task.result()).as_json())


def _dialled(told: dict[str, Any], line: str) -> Dialled:
    sender, to = told.get("from"), told.get("to", line)
    if not isinstance(sender, str) or not isinstance(to, str):
        raise BadRequest("from is needed, as text; to is text")
    fields, repeat = told.get("fields", {}), told.get("repeat", 1)
    if not isinstance(fields, dict) or not isinstance(repeat, int) or not 1 <= repeat <= 50:
        raise BadRequest("fields is an object, repeat a number from 1 to 50")
    return Dialled(sender, to, {str(k): str(v) for k, v in fields.items()}, repeat)
