"""Twilio's webhooks: a message that came in, what became of one that went out, and a call."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from domain import delivery
from domain.call import Call, Spoken
from domain.message import Channel, InboundMessage, Media
from handlers.errors import CannotStore
from handlers.note_status import Status
from webhooks.body import TooLarge
from webhooks.form import read_form
from webhooks.signature import Signature
from webhooks.twilio_voice import (
    AGAIN,
    VOICE,
    nothing_more,
    read_call,
    words,
    words_and_again,
)

WHATSAPP = "whatsapp:"
"""What stands before both numbers of a WhatsApp message."""

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
STORED_WITHIN = 6.0
"""Seconds in which a call is stored, or spoken to unstored: the caller hears nothing meanwhile,
and Twilio waits for 15 (https://www.twilio.com/docs/api/errors/31408)."""

_SID_LONGEST = 64
_MOST_MEDIA = 10
_MEDIA_SID = re.compile(r"ME[0-9a-fA-F]{32}")
_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}")


@dataclass(frozen=True)
class Counted:
    """What the operator sees of the door: numbers and one content-free log line each."""

    refused: Callable[[str], None]
    """A webhook that was not let in, and why: signature, size or form."""


@dataclass(frozen=True)
class Inlet:
    """What the edge hands on to. All return when it is committed, or raise CannotStore."""

    message: Callable[[InboundMessage], Awaitable[None]]
    status: Callable[[Status], Awaitable[None]]
    call: Callable[[Call], Awaitable[Sequence[Spoken]]]
    unstored: Callable[[], Sequence[Spoken]]
    """What a caller hears when their call could not be stored."""
    now: Callable[[], datetime]
    counted: Counted


Endpoint = Callable[[Request], Awaitable[Response]]


def endpoints(inlet: Inlet, signature: Signature) -> dict[str, Endpoint]:
    """By their path, all for POST: a message that came in, what became of one that left, a call.

    Plain endpoints: nothing of what a provider posts needs a framework to take it apart, and this
    is the line's busiest door.
    """

    async def message(request: Request) -> Response:
        return await _let_in(request, inlet, signature, _take_message)

    async def status(request: Request) -> Response:
        return await _let_in(request, inlet, signature, _take_status)

    async def voice(request: Request) -> Response:
        return await _let_in(request, inlet, signature, _take_call)

    return {
        "/webhooks/twilio/message": message,
        "/webhooks/twilio/status/{code}": status,
        VOICE: voice,
    }


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
    return _twiml(EMPTY_TWIML)


async def _take_status(request: Request, form: FormData, inlet: Inlet) -> Response:
    state = delivery.from_provider(_text(form, "MessageStatus") or _text(form, "SmsStatus"))
    if state is not None:
        error = _text(form, "ErrorCode")
        sid = _text(form, "MessageSid")[:_SID_LONGEST] or None
        code = int(error) if error.isdecimal() and len(error) < 9 else None
        ours = request.path_params["code"].replace("\x00", "")
        await inlet.status(Status(ours, state, sid, code))
    return PlainTextResponse("")


async def _take_call(request: Request, form: FormData, inlet: Inlet) -> Response:
    """Raises CannotStore where the caller has heard the words already; else they hear them."""
    call = read_call(form, inlet.now())
    if call is None:
        inlet.counted.refused("form")
        return PlainTextResponse("", 400)
    heard = bool(request.query_params.get(AGAIN))
    try:
        async with asyncio.timeout(STORED_WITHIN):
            spoken = await inlet.call(call)
    except (CannotStore, TimeoutError) as error:
        if heard:
            raise CannotStore from error
        return _twiml(words_and_again(inlet.unstored()))
    return _twiml(nothing_more() if heard else words(spoken))


def _twiml(document: str) -> Response:
    return Response(document, media_type="text/xml")


def inbound(form: FormData, now: datetime) -> InboundMessage | None:
    """The message that a form carries; None when it has no id of its own.

    Fields: https://www.twilio.com/docs/messaging/guides/webhook-request. What WhatsApp tells of a
    person (ProfileName, WaId and the like) is not read.
    """
    sid = _text(form, "MessageSid") or _text(form, "SmsSid")
    if not sid or len(sid) > _SID_LONGEST:
        return None
    channel, sender = _way(_text(form, "From"))
    return InboundMessage(
        channel=channel,
        provider_id=sid,
        sender=sender,
        to=_way(_text(form, "To"))[1],
        body=_text(form, "Body"),
        at=now,
        media=_media(form),
        provider_opt_out=_text(form, "OptOutType") or None,
    )


def _way(address: str) -> tuple[Channel, str]:
    """How a message travels, and the number alone (https://www.twilio.com/docs/whatsapp/api)."""
    if address[: len(WHATSAPP)].lower() == WHATSAPP:
        return Channel.WHATSAPP, address[len(WHATSAPP) :].strip()
    return Channel.SMS, address


def _media(form: FormData) -> tuple[Media, ...]:
    number = _text(form, "NumMedia")
    many = min(int(number), _MOST_MEDIA) if number.isdecimal() and len(number) < 4 else 0
    return tuple(
        Media(
            _kind(_text(form, f"MediaContentType{place}")),
            provider_id=_media_id(_text(form, f"MediaUrl{place}")),
        )
        for place in range(many)
    )


def _media_id(address: str) -> str | None:
    """The media's own id, at the end of its address. Nothing else of the address is kept, least of
    all its host: what is fetched later is fetched where the line is configured to."""
    found = _MEDIA_SID.fullmatch(address.rpartition("/")[2])
    return found[0] if found else None


def _kind(told: str) -> str:
    """The type alone: its parameters may hold a file's name, and that a person's."""
    plain = told.partition(";")[0].strip().lower()
    return plain if _TYPE.fullmatch(plain) else "unknown"


def _text(form: FormData, name: str) -> str:
    """The first value of a field; NUL bytes, which no database keeps as text, are left out."""
    values = form.getlist(name)
    return str(values[0]).replace("\x00", "") if values else ""
