"""The phone's page during a call: presses the button, and shows what the voice said."""

import asyncio
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from simulator.calling import WITHHELD, Dialled, NoVoice, dial
from simulator.chosen import choose
from simulator.forms import read_form, same_origin
from simulator.provider import Provider


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a voice said, with the language's code and its name in the page's language."""

    text: str
    code: str
    language: str


@dataclass(frozen=True, slots=True)
class CallScreen:
    """A call as the phone's screen shows it; `failed` where nothing of the line was heard."""

    spoken: tuple[Spoken, ...]
    failed: bool
    withheld: bool


def routes(provider: Provider) -> list[Route]:
    """The button's form."""

    async def call(request: Request) -> Response:
        return await _call(provider, request)

    return [Route("/phone/call", call, methods=["POST"])]


async def _call(provider: Provider, request: Request) -> Response:
    form = await read_form(request)
    if not same_origin(request):
        return Response(status_code=403)
    chosen = choose(provider.config, form)
    sender = WITHHELD if "withheld" in form else chosen.phone
    try:
        call, task = dial(provider, Dialled(sender, chosen.line))
    except NoVoice:
        return Response("400", 400)
    await asyncio.wait([task])
    return RedirectResponse(f"/?{chosen.query}&call={call.sid}", 303)


def screen_of(provider: Provider, sid: str | None, language: str) -> CallScreen | None:
    """The screen of a call; None where there is no such call."""
    call = provider.calls.get(sid) if sid else None
    if call is None:
        return None
    return CallScreen(
        tuple(Spoken(s.text, s.language, _name(s.language, language)) for s in call.said),
        failed=call.status == "failed",
        withheld=call.sender == WITHHELD,
    )


def _name(code: str, language: str) -> str:
    try:
        return Locale.parse(code, sep="-").get_language_name(language) or code
    except (ValueError, UnknownLocaleError):
        return code
