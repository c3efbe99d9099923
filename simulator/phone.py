"""The page where one texts a line as the contact would, and switches the provider's faults."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from simulator.chosen import CHANNELS, Chosen, choose
from simulator.faults import KINDS, fault_from_json
from simulator.forms import SECURITY, read_form, same_origin
from simulator.inbound import Text, deliver, receive
from simulator.phone_call import screen_of
from simulator.picture import picture
from simulator.provider import Provider, now
from simulator.switches import BadFault
from simulator.thread import phones_seen, readable, thread
from simulator.whatsapp import WINDOW
from simulator.words import WORDS, language_of

_HERE = Path(__file__).parent
_PAGES = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_LONGEST_BODY = 1600


def routes(provider: Provider) -> list[Route | Mount]:
    """The page, its thread, and its forms."""

    async def page(request: Request) -> Response:
        return _page(provider, request)

    async def block(request: Request) -> Response:
        return _thread(provider, request)

    async def send(request: Request) -> Response:
        return _send(provider, request, await read_form(request))

    async def fault(request: Request) -> Response:
        return _switch(provider, request, await read_form(request))

    return [
        Route("/", page, methods=["GET"]),
        Route("/phone/thread", block, methods=["GET"]),
        Route("/phone/send", send, methods=["POST"]),
        Route("/phone/fault", fault, methods=["POST"]),
        Mount("/static", StaticFiles(directory=_HERE / "static")),
    ]


def _days(provider: Provider, chosen: Chosen, language: str) -> str:
    words = WORDS[language]
    at = datetime.now(UTC).astimezone(ZoneInfo(provider.config.timezone))
    days = thread(
        *(provider.book, chosen.sender, chosen.to), words=words, language=language, now=at
    )
    return _PAGES.get_template("thread.html").render(days=days, words=words)


def _page(provider: Provider, request: Request) -> Response:
    language = language_of(request)
    chosen = choose(provider.config, dict(request.query_params))
    phones = phones_seen(provider.book, provider.config.phones, provider.config.lines)
    if chosen.phone not in phones:
        phones.append(chosen.phone)
    revision = provider.book.revision
    text = _PAGES.get_template("phone.html").render(
        language=language,
        words=WORDS[language],
        chosen=chosen,
        phones=[replace(chosen, phone=phone) for phone in phones],
        lines=[replace(chosen, line=line) for line in provider.config.lines],
        channels=[replace(chosen, channel=channel) for channel in CHANNELS],
        call=screen_of(provider, request.query_params.get("call"), language),
        can_call=provider.config.voice_webhook is not None,
        thread=_days(provider, chosen, language),
        revision=revision,
        faults=provider.faults,
        kinds=KINDS,
        desk=provider.config.desk,
        telegram_is_on=provider.telegram.is_on,
        readable=readable,
        look=_next_look(request),
        provider_open="provider" in request.query_params,
    )
    return HTMLResponse(text, headers=SECURITY)


def _next_look(request: Request) -> int:
    """Another number at each look: a link that differs only in its #fragment loads nothing."""
    before = request.query_params.get("look", "0")
    return int(before[-3:]) + 1 if before.isascii() and before.isdecimal() else 1


def _thread(provider: Provider, request: Request) -> Response:
    """The thread where something changed since a revision, else 204."""
    revision = provider.book.revision
    if request.query_params.get("since") == str(revision):
        return Response(status_code=204, headers=SECURITY)
    chosen = choose(provider.config, dict(request.query_params))
    block = _days(provider, chosen, language_of(request))
    return HTMLResponse(block, headers=SECURITY | {"X-Revision": str(revision)})


def _send(provider: Provider, request: Request, form: dict[str, str]) -> Response:
    if not same_origin(request):
        return Response(status_code=403)
    chosen, body = (
        choose(provider.config, form),
        form.get("body", "").replace("\r\n", "\n").strip("\n"),
    )
    if body.strip() or "picture" in form:
        text = Text(
            sender=chosen.sender,
            to=chosen.to,
            body=body[:_LONGEST_BODY],
            base=str(request.base_url),
            media=(picture(),) if "picture" in form else (),
        )
        deliver(provider, receive(provider, text), text)
    if request.headers.get("x-from") == "script":
        return Response(status_code=204)
    return RedirectResponse(f"/?{chosen.query}#end", 303)


def _switch(provider: Provider, request: Request, form: dict[str, str]) -> Response:
    if not same_origin(request):
        return Response(status_code=403)
    chosen, faults = choose(provider.config, form), provider.faults
    if "off" in form:
        faults.switch_off(form["off"])
    elif "opt-out" in form:
        faults.opted_out.add(chosen.sender)
    elif "opt-in" in form:
        faults.opted_out.discard(chosen.sender)
    elif "window" in form:
        provider.windows.wrote(chosen.phone, chosen.line, now() - WINDOW)
    else:
        try:
            faults.set(fault_from_json(form.get("kind", ""), _fault_fields(form)))
        except (BadFault, ValueError):
            return Response("400", 400)
    return RedirectResponse(f"/?{chosen.query}&provider=1#provider", 303)


def _fault_fields(form: dict[str, str]) -> dict[str, float | int]:
    fields: dict[str, float | int] = {}
    if form.get("times"):
        fields["times"] = int(form["times"])
    if form.get("seconds"):
        fields["seconds"] = float(form["seconds"])
    return fields
