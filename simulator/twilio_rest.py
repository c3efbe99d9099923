"""Twilio's REST API for messages and calls (2010-04-01), as far as a contact line needs it."""

import asyncio
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator import calls_rest, media, whatsapp
from simulator.address import is_whatsapp, number_of
from simulator.book import Message
from simulator.date_filter import read_dates
from simulator.hangup import HangUp
from simulator.life import FINISHED, accept
from simulator.paging import page_of, read_page
from simulator.provider import Provider, now
from simulator.resource import API, error, resource

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_LONGEST_BODY = 1600
_LONGEST_FORM = 64 * 1024

Handler = Callable[[Provider, Request], Awaitable[Response]]


def routes(provider: Provider) -> list[Route]:
    """Everything under the account's address."""
    account = f"{API}/Accounts/{{account}}"

    def route(path: str, method: str, handler: Handler, operation: str = "read") -> Route:
        async def answer(request: Request) -> Response:
            return await _with_faults(provider, request, handler, operation)

        return Route(account + path, answer, methods=[method])

    return [
        route("/Messages.json", "POST", create, "create"),
        route("/Messages.json", "GET", list_messages),
        route("/Messages/{sid}.json", "GET", fetch),
        route("/Messages/{sid}.json", "POST", redact),
        route("/Messages/{sid}.json", "DELETE", delete),
        route("/Messages/{sid}/Media.json", "GET", media.list_media),
        route("/Messages/{sid}/Media/{media}.json", "GET", media.fetch),
        route("/Messages/{sid}/Media/{media}.json", "DELETE", media.delete),
        route("/Messages/{sid}/Media/{media}", "GET", media.redirect),
        route("/Messages/{sid}/Media/{media}", "DELETE", media.delete),
        route("/Calls.json", "GET", calls_rest.list_calls),
        route("/Calls/{sid}.json", "GET", calls_rest.fetch),
    ]


async def _with_faults(
    provider: Provider, request: Request, handler: Handler, operation: str
) -> Response:
    provider.counts["requests"] += 1
    to = (await _form(request)).get("To") if operation == "create" else None

    def hit(kind: str) -> bool:
        return provider.faults.take(kind, operation=operation, to=to) is not None

    if hit("down") or hit("drop-before-accepting"):
        return HangUp()
    if not _authorised(provider, request):
        return error(20003, **{"WWW-Authenticate": 'Basic realm="Twilio API"'})
    if limited := provider.faults.take("429", operation=operation, to=to):
        return error(20429, **{"Retry-After": f"{limited.seconds:g}"})
    if hit("500"):
        return error(20500)
    slow = provider.faults.take("slow", operation=operation, to=to)
    if slow and not slow.accept_first:
        await asyncio.sleep(slow.seconds)
    response = await handler(provider, request)
    if response.status_code < 400 and hit("drop-after-accepting"):
        return HangUp()
    if slow and slow.accept_first:
        await asyncio.sleep(slow.seconds)
    return response


def _authorised(provider: Provider, request: Request) -> bool:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    config = provider.config
    if scheme.casefold() != "basic" or request.path_params["account"] != config.account_sid:
        return False
    try:
        told = b64decode(encoded, validate=True)
    except ValueError:
        return False
    return compare_digest(told, f"{config.account_sid}:{config.auth_token}".encode())


async def _form(request: Request) -> dict[str, str]:
    body = await request.body()
    if len(body) > _LONGEST_FORM:
        return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


async def create(provider: Provider, request: Request) -> Response:
    """Accept a message: 201 with the resource, or Twilio's refusal."""
    form = await _form(request)
    code = _refusal(provider, form)
    if code is not None:
        provider.counts["refused"] += 1
        return error(code)
    message = accept(
        provider,
        sender=form["From"],
        to=form["To"],
        text=_words(provider, form),
        callback=form.get("StatusCallback") or None,
        content_sid=form.get("ContentSid") or None,
    )
    return JSONResponse(resource(message, provider.config.account_sid), 201)


def _words(provider: Provider, form: dict[str, str]) -> str:
    """The text that the phone shows: the template's where one is named, else the body."""
    sid = form.get("ContentSid")
    if not sid:
        return form["Body"]
    variables = whatsapp.read_variables(form.get("ContentVariables")) or {}
    return whatsapp.fill(provider.templates.get(sid), sid, variables)


def _refusal(provider: Provider, form: dict[str, str]) -> int | None:
    callback, template = form.get("StatusCallback"), form.get("ContentSid")
    sender, to = form.get("From", ""), form.get("To", "")
    unknown = 63007 if is_whatsapp(sender) else 21606
    checks = (
        (not to, 21604),
        (not _E164.fullmatch(number_of(to)), 21211),
        (not sender, 21603),
        (is_whatsapp(sender) != is_whatsapp(to), 21910),
        (number_of(sender) not in provider.config.lines, unknown),
        (bool(template) and not whatsapp.CONTENT_SID.fullmatch(template or ""), 21655),
        (whatsapp.read_variables(form.get("ContentVariables")) is None, 21656),
        (not form.get("Body") and not template, 21602),
        (len(form.get("Body", "")) > _LONGEST_BODY, 21617),
        (bool(callback) and not provider.poster.may_post_to(callback or ""), 21609),
        (to in provider.faults.opted_out, 21610),
    )
    return next((code for refused, code in checks if refused), None)


async def list_messages(provider: Provider, request: Request) -> Response:
    """One page, newest first, with the address of the next."""
    query = dict(request.query_params)
    try:
        dates, asked = read_dates(query, "DateSent"), read_page(query)
        before = int(asked.token.removeprefix("PASM"), 16) if asked.token else None
    except ValueError:
        return error(20404)
    wanted = {name: query[name] for name in ("To", "From") if query.get(name)}
    found = (
        message
        for message in provider.book.newest_first(*wanted.values(), before=before)
        if not message.deleted
        and wanted.get("To", message.to) == message.to
        and wanted.get("From", message.sender) == message.sender
        and dates.matches(message.sent)
    )
    account = provider.config.account_sid

    def token(message: Message) -> str:
        return f"PASM{message.seq:032x}"

    def told(message: Message) -> dict[str, Any]:
        return resource(message, account)

    path = f"{API}/Accounts/{account}/Messages.json"
    return JSONResponse(page_of("messages", path, asked, found, token, told))


def _message(provider: Provider, request: Request) -> Message | None:
    message = provider.book.get(request.path_params["sid"])
    return None if message is None or message.deleted else message


async def fetch(provider: Provider, request: Request) -> Response:
    """One message, or 404."""
    message = _message(provider, request)
    if message is None:
        return error(20404)
    return JSONResponse(resource(message, provider.config.account_sid))


async def redact(provider: Provider, request: Request) -> Response:
    """Empty the body of a finished message; any other change is refused."""
    message, form = _message(provider, request), await _form(request)
    if message is None:
        return error(20404)
    if form.get("Body") != "":
        return error(20001)
    if message.status not in FINISHED:
        return error(20009)
    changed = provider.book.change(message.sid, body="", updated=now())
    return JSONResponse(resource(changed or message, provider.config.account_sid))


async def delete(provider: Provider, request: Request) -> Response:
    """Forget a finished message with its media: 204, and 404 from then on.

    Phones keep what they showed.
    """
    message = _message(provider, request)
    if message is None:
        return error(20404)
    if message.status not in FINISHED:
        return error(20009)
    gone = tuple(media.forgotten(one) for one in message.media)
    provider.book.change(message.sid, body="", deleted=True, media=gone)
    return Response(status_code=204)
