"""The control API under /control/telegram, for tests and the demo: JSON, loopback only."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from time import monotonic
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator import telegram_acts, telegram_shapes
from simulator.json_body import BadRequest, read_object
from simulator.switches import BadFault
from simulator.telegram import Telegram
from simulator.telegram_acts import NotThere
from simulator.telegram_book import FIRST_CHAT, Person, Post, made_up
from simulator.telegram_updates import Key, Pending

_LOOK_AGAIN = 0.01  # seconds between two looks while a request waits for news
_LONGEST_WAIT = 60.0

Told = dict[str, Any]
Act = Callable[[Telegram, Told], tuple[Told, Pending | None]]


def routes(telegram: Telegram) -> list[Route]:
    """All of /control/telegram."""

    async def messages(request: Request) -> Response:
        return await list_messages(telegram, request)

    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            try:
                telegram.faults.replace_with(await read_object(request))
            except (BadFault, BadRequest) as refused:
                return JSONResponse({"error": str(refused)}, 400)
            telegram.chats.touch()
        return JSONResponse(telegram.faults.as_json())

    return [
        *(
            Route(f"/control/telegram/{name}", _acting(telegram, act), methods=["POST"])
            for name, act in ACTS.items()
        ),
        Route("/control/telegram/messages", messages, methods=["GET"]),
        Route("/control/telegram/faults", faults, methods=["GET", "PUT"]),
    ]


def _acting(telegram: Telegram, act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            told = await read_object(request)
            if not isinstance(wait := told.get("wait", False), bool | int | float):
                raise BadRequest("wait is true, or seconds")
            result, pending = act(telegram, told)
        except BadRequest as refused:
            return JSONResponse({"error": str(refused)}, 400)
        except NotThere as missing:
            return JSONResponse({"error": str(missing)}, 404)
        update = pending.update_id if pending else None
        if not wait or pending is None:
            return JSONResponse(result | {"update_id": update}, 202)
        delivered = await _delivered(pending, 60.0 if wait is True else wait)
        return JSONResponse(result | {"update_id": update, "delivered": delivered})

    return answer


async def _delivered(pending: Pending, seconds: float) -> Told | None:
    await asyncio.wait([pending.done], timeout=min(seconds, _LONGEST_WAIT))
    return asdict(pending.done.result()) if pending.done.done() else None


def _text(telegram: Telegram, told: Told) -> tuple[Told, Pending | None]:
    text = told.get("text")
    if not isinstance(text, str) or not text:
        raise BadRequest("text is missing")
    return _sent(telegram_acts.write(telegram, _person(telegram, told), text))


def _other(telegram: Telegram, told: Told) -> tuple[Told, Pending | None]:
    kind = str(told.get("kind"))
    return _sent(telegram_acts.send_other(telegram, _person(telegram, told), kind))


def _edit(telegram: Telegram, told: Told) -> tuple[Told, Pending | None]:
    chat, message_id, text = _number(told, "chat"), _number(told, "message_id"), told.get("text")
    if not isinstance(text, str) or not text:
        raise BadRequest("text is missing")
    return _sent(telegram_acts.edit(telegram, chat, message_id, text))


def _sent(done: tuple[Post, Pending | None]) -> tuple[Told, Pending | None]:
    post, pending = done
    return {"chat": post.chat, "message_id": post.message_id, "seq": post.seq}, pending


def _press(telegram: Telegram, told: Told) -> tuple[Told, Pending | None]:
    chat, message_id = _number(told, "chat"), _number(told, "message_id")
    data, label = told.get("data"), told.get("label")
    if not isinstance(data, str) and not isinstance(label, str):
        raise BadRequest("data or label is missing")
    query, pending = telegram_acts.press(telegram, chat, message_id, data=data, label=label)
    return {"callback_query_id": query}, pending


def _block(telegram: Telegram, told: Told) -> tuple[Told, Pending | None]:
    blocked = told.get("blocked", True)
    if not isinstance(blocked, bool):
        raise BadRequest("blocked is true or false")
    pending = telegram_acts.block(telegram, _person(telegram, told), blocked=blocked)
    return {"blocked": blocked}, pending


def _group(telegram: Telegram, told: Told) -> tuple[Told, Pending | None]:
    person = _person(telegram, {"chat": FIRST_CHAT} | told)
    kind, text = str(told.get("kind", "group")), str(told.get("text", ""))
    return {}, telegram_acts.write_elsewhere(telegram, kind, person, text)


def _age(telegram: Telegram, told: Told) -> tuple[Told, Pending | None]:
    older = timedelta(seconds=_number(told, "seconds"))
    telegram_acts.grow_older(telegram, _number(told, "chat"), _number(told, "message_id"), older)
    return {}, None


def _raw(telegram: Telegram, told: Told) -> tuple[Told, Pending | None]:
    update = told.get("update")
    if not isinstance(update, dict):
        raise BadRequest("update is an object")
    if not isinstance(update.get("update_id", 0), int):
        raise BadRequest("update_id is a number")
    return {}, telegram.tell_raw(update, _key(update))


def _key(update: Told) -> Key:
    for told in update.values():
        inside = told if isinstance(told, dict) else {}
        inner = inside.get("message")
        for chat in (inside.get("chat"), inner.get("chat") if isinstance(inner, dict) else None):
            if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                return int(chat["id"])
    return "no chat"


ACTS: dict[str, Act] = {
    "text": _text,
    "other": _other,
    "edit": _edit,
    "press": _press,
    "block": _block,
    "group": _group,
    "age": _age,
    "raw": _raw,
}


def _number(told: Told, name: str) -> int:
    number = told.get(name)
    if not isinstance(number, int) or isinstance(number, bool):
        raise BadRequest(f"{name} is a whole number")
    return number


def _person(telegram: Telegram, told: Told) -> Person:
    chat = _number(told, "chat")
    known = telegram.chats.person(chat) or made_up(chat)
    fields = {name: told.get(name, getattr(known, name)) for name in _WHO}
    if not all(value is None or isinstance(value, str) for value in fields.values()):
        raise BadRequest(f"{', '.join(_WHO)} are texts or null")
    return Person(chat, **fields)


_WHO = ("first_name", "language_code", "username")


async def list_messages(telegram: Telegram, request: Request) -> Response:
    """Messages in order, of one `chat` or all, above `after`; `wait` seconds for one.

    `direction` is "inbound" or "outbound"; `since` leaves out what has not changed since a
    revision; at most `limit`, the newest of them.
    """
    query = request.query_params
    try:
        after, since = int(query.get("after", 0)), int(query.get("since", 0))
        chat = int(query["chat"]) if query.get("chat") else None
        limit, wait = int(query.get("limit", 1000)), min(float(query.get("wait", 0)), 60)
    except ValueError:
        return JSONResponse({"error": "chat, after, since, limit and wait are numbers"}, 400)
    direction, until = query.get("direction", ""), monotonic() + wait
    while True:
        found = [
            post
            for post in telegram.chats.oldest_first(chat, after=after)
            if post.direction.startswith(direction) and post.revision > since
        ]
        if found or monotonic() >= until:
            break
        await asyncio.sleep(_LOOK_AGAIN)
    return JSONResponse(
        {
            "messages": [_described(post) for post in found[-limit:]],
            "last_seq": telegram.chats.last_seq,
            "revision": telegram.chats.revision,
        }
    )


def _described(post: Post) -> Told:
    return {
        "seq": post.seq,
        "revision": post.revision,
        "chat": post.chat,
        "message_id": post.message_id,
        "direction": post.direction,
        "kind": post.kind,
        "text": post.text,
        "buttons": telegram_shapes.keyboard(post),
        "protect_content": post.protect_content,
        "link_preview_disabled": post.link_preview_disabled,
        "deleted": post.deleted,
        "edited": post.edited is not None,
        "pressed": list(post.pressed),
        "answered_callback": len(post.answers),
        "answers": list(post.answers),
        "sent_at": post.created.timestamp(),
    }
