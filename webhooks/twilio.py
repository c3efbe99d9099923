"""Twilio's webhooks: a message that came in, and what became of one that went out."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from domain import delivery
from domain.message import Channel, InboundMessage, Media
from handlers.errors import CannotStore
from handlers.note_status import Status
from webhooks.body import TooLarge
from webhooks.form import read_form
from webhooks.signature import Signature

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_SID_LONGEST = 64
_MOST_MEDIA = 10
_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}")


@dataclass(frozen=True)
class Counted:
    """What the operator sees of the door: numbers and one content-free log line each."""

    refused: Callable[[str], None]
    """A webhook that was not let in, and why: signature, size or form."""


@dataclass(frozen=True)
class Inlet:
    """What the edge hands on to. Both return when it is committed, or raise CannotStore."""

    message: Callable[[InboundMessage], Awaitable[None]]
    status: Callable[[Status], Awaitable[None]]
    now: Callable[[], datetime]
    counted: Counted


Endpoint = Callable[[Request], Awaitable[Response]]


def endpoints(inlet: Inlet, signature: Signature) -> dict[str, Endpoint]:
    """By their path, all for POST: a message that came in, and what became of one that left.

    Plain endpoints: nothing of what a provider posts needs a framework to take it apart, and this
    is the line's busiest door.
    """

    async def message(request: Request) -> Response:
        return await _let_in(request, inlet, signature, _take_message)

    async def status(request: Request) -> Response:
        return await _let_in(request, inlet, signature, _take_status)

    return {"/webhooks/twilio/message": message, "/webhooks/twilio/status/{code}": status}


Take = Callable[[Request, FormData, Inlet], Awaitable[Response]]


async def _let_in(request: Request, inlet: Inlet, signature: Signature, take: Take) -> Response:
    try:
        form = await read_form(request)
    except TooLarge:
        inlet.counted.refused("size")
        return PlainTextResponse("", 413)
    if not signature.holds(request, form):
        inlet.counted.refused("signature")
        return PlainTextResponse("", 403)
    try:
        return await take(request, form, inlet)
    except CannotStore:
        return PlainTextResponse("", 503, headers={"Retry-After": "5"})


async def _take_message(request: Request, form: FormData, inlet: Inlet) -> Response:
    message = inbound(form, inlet.now())
    if message is None:
        inlet.counted.refused("form")
        return PlainTextResponse("", 400)
    await inlet.message(message)
    return Response(EMPTY_TWIML, media_type="text/xml")


async def _take_status(request: Request, form: FormData, inlet: Inlet) -> Response:
    state = delivery.from_provider(_text(form, "MessageStatus") or _text(form, "SmsStatus"))
    if state is not None:
        error = _text(form, "ErrorCode")
        sid = _text(form, "MessageSid")[:_SID_LONGEST] or None
        code = int(error) if error.isdecimal() and len(error) < 9 else None
        ours = request.path_params["code"].replace("\x00", "")
        await inlet.status(Status(ours, state, sid, code))
    return PlainTextResponse("")


def inbound(form: FormData, now: datetime) -> InboundMessage | None:
    """The message that a form carries; None when it has no id of its own.

    Fields: https://www.twilio.com/docs/messaging/guides/webhook-request
    """
    sid = _text(form, "MessageSid") or _text(form, "SmsSid")
    if not sid or len(sid) > _SID_LONGEST:
        return None
    return InboundMessage(
        channel=Channel.SMS,
        provider_id=sid,
        sender=_text(form, "From"),
        to=_text(form, "To"),
        body=_text(form, "Body"),
        at=now,
        media=_media(form),
        provider_opt_out=_text(form, "OptOutType") or None,
    )


def _media(form: FormData) -> tuple[Media, ...]:
    number = _text(form, "NumMedia")
    many = min(int(number), _MOST_MEDIA) if number.isdecimal() and len(number) < 4 else 0
    return tuple(Media(_kind(_text(form, f"MediaContentType{place}"))) for place in range(many))


def _kind(told: str) -> str:
    """The type alone: its parameters may hold a file's name, and that a person's."""
    plain = told.partition(";")[0].strip().lower()
    return plain if _TYPE.fullmatch(plain) else "unknown"


def _text(form: FormData, name: str) -> str:
    """The first value of a field; NUL bytes, which no database keeps as text, are left out."""
    values = form.getlist(name)
    return str(values[0]).replace("\x00", "") if values else ""
