"""The control API under /control, for tests, the demo and benchmarks: JSON, loopback only."""

import asyncio
from dataclasses import asdict
from time import monotonic
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.address import from_query, is_whatsapp, on_whatsapp
from simulator.book import Message
from simulator.inbound import Text, deliver, receive
from simulator.json_body import BadRequest, read_media, read_object
from simulator.provider import Provider
from simulator.switches import BadFault

_LOOK_AGAIN = 0.01  # seconds between two looks while a request waits for news


def routes(provider: Provider) -> list[Route]:
    """All of /control."""

    async def text(request: Request) -> Response:
        return await send_text(provider, request)

    async def messages(request: Request) -> Response:
        return await list_messages(provider, request)

    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            try:
                provider.faults.replace_with(await read_object(request))
            except (BadFault, BadRequest) as refused:
                return JSONResponse({"error": str(refused)}, 400)
        return JSONResponse(provider.faults.as_json())

    async def reset(request: Request) -> Response:
        provider.reset()
        return JSONResponse({"ok": True})

    async def stats(request: Request) -> Response:
        counts = dict(sorted(provider.counts.items()))
        kept = {"messages": len(provider.book), "last_seq": provider.book.last_seq}
        telegram = {"telegram": provider.telegram.stats()}
        return JSONResponse(counts | kept | {"pending": provider.pending} | telegram)

    return [
        Route("/control/text", text, methods=["POST"]),
        Route("/control/messages", messages, methods=["GET"]),
        Route("/control/faults", faults, methods=["GET", "PUT"]),
        Route("/control/reset", reset, methods=["POST"]),
        Route("/control/stats", stats, methods=["GET"]),
    ]


async def send_text(provider: Provider, request: Request) -> Response:
    """A phone texts a line. With `wait` the answer comes when the webhook has ended."""
    try:
        told = await read_object(request)
        text = _text(told, str(request.base_url), provider.config.lines[0])
    except BadRequest as refused:
        return JSONResponse({"error": str(refused)}, 400)
    message = receive(provider, text)
    task = deliver(provider, message, text)
    if not told.get("wait"):
        return JSONResponse({"sid": message.sid, "seq": message.seq}, 202)
    await asyncio.wait([task])
    webhooks = [] if task.cancelled() else [asdict(outcome) for outcome in task.result()]
    first = webhooks[0] if webhooks else None
    return JSONResponse(
        {"sid": message.sid, "seq": message.seq, "webhook": first, "webhooks": webhooks}
    )


def _text(told: dict[str, Any], base: str, line: str) -> Text:
    names = ("from", "to", "body", "opt_out_type")
    sender, to, body, kind = (told.get(name) for name in names)
    if not isinstance(sender, str) or not isinstance(body, str):
        raise BadRequest("from and body are needed, as text")
    fields, repeat = told.get("fields", {}), told.get("repeat", 1)
    if not isinstance(fields, dict) or not isinstance(repeat, int) or not 0 <= repeat <= 50:
        raise BadRequest("fields is an object, repeat a number up to 50")
    if not isinstance(to, str):
        to = on_whatsapp(line) if is_whatsapp(sender) else line
    if is_whatsapp(sender) != is_whatsapp(to):
        raise BadRequest("from and to are both whatsapp: addresses, or neither is")
    return Text(
        sender=sender,
        to=to,
        body=body,
        base=base,
        media=read_media(told.get("media", [])),
        opt_out_type=kind if isinstance(kind, str) else None,
        fields={str(name): str(value) for name, value in fields.items()},
        repeat=repeat,
    )


async def list_messages(provider: Provider, request: Request) -> Response:
    """Messages in accept order, of one `phone` or all, above `after`; `wait` seconds for one.

    `direction` is "inbound" or "outbound"; at most `limit`, the newest of them.
    """
    query = request.query_params
    try:
        after, limit = int(query.get("after", 0)), int(query.get("limit", 1000))
        wait = min(float(query.get("wait", 0)), 60)
    except ValueError:
        return JSONResponse({"error": "after, limit and wait are numbers"}, 400)
    phone = from_query(query.get("phone", ""))
    numbers = [phone] if phone else []
    direction, until = query.get("direction", ""), monotonic() + wait
    while True:
        found = [
            message
            for message in provider.book.oldest_first(*numbers, after=after)
            if message.direction.startswith(direction)
        ]
        if found or monotonic() >= until:
            break
        await asyncio.sleep(_LOOK_AGAIN)
    shown = [_described(message) for message in found[-limit:]]
    return JSONResponse({"messages": shown, "last_seq": provider.book.last_seq})


def _described(message: Message) -> dict[str, Any]:
    return {
        "seq": message.seq,
        "sid": message.sid,
        "direction": message.direction,
        "from": message.sender,
        "to": message.to,
        "body": message.text,
        "status": message.status,
        "error_code": message.error_code,
        "segments": message.segments,
        "encoding": message.encoding,
        "media": [
            {"sid": media.sid, "content_type": media.content_type, "size": media.size}
            for media in message.media
        ],
        "content_sid": message.content_sid,
        "accepted_at": message.created.timestamp(),
        "redacted": message.body != message.text,
        "deleted": message.deleted,
        "webhook": message.webhook,
    }
