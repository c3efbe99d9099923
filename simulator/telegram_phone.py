"""The page where one writes to the line by Telegram as the contact would."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from simulator import telegram_acts
from simulator.forms import SECURITY, read_form, same_origin
from simulator.switches import BadFault
from simulator.telegram import Telegram
from simulator.telegram_acts import NotThere
from simulator.telegram_book import FIRST_CHAT, Person, made_up, made_up_people
from simulator.telegram_faults import KINDS, fault_from_json
from simulator.telegram_others import CONTENT
from simulator.telegram_thread import last_text, thread
from simulator.telegram_words import TELEGRAM_WORDS
from simulator.words import language_of

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_LONGEST_TEXT = 4096
_CODE = re.compile(r"[A-Za-z0-9_-]{0,64}")
_METHODS = ("sendMessage", "answerCallbackQuery", "editMessageReplyMarkup", "getUpdates", "all")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whose phone is shown, and whether inside another page."""

    person: Person
    framed: bool

    @property
    def query(self) -> str:
        """The part of the page's address that says so."""
        framed = {"frame": "1"} if self.framed else {}
        return urlencode({"chat": self.person.chat} | framed)

    def label(self, words: dict[str, str]) -> str:
        """The phone's name in the page's language; other people's as they say it."""
        if self.person in made_up_people():
            return words["phone_n"].format(n=self.person.chat - FIRST_CHAT + 1)
        return self.person.first_name


def routes(telegram: Telegram) -> list[Route]:
    """The page, its thread, and its forms."""

    async def page(request: Request) -> Response:
        return _page(telegram, request)

    async def block(request: Request) -> Response:
        return _block_of_thread(telegram, request)

    async def act(request: Request) -> Response:
        return _act(telegram, request, await read_form(request))

    async def fault(request: Request) -> Response:
        return _switch(telegram, request, await read_form(request))

    return [
        Route("/telegram", page, methods=["GET"]),
        Route("/telegram/thread", block, methods=["GET"]),
        Route("/telegram/fault", fault, methods=["POST"]),
        Route("/telegram/{what}", act, methods=["POST"]),
    ]


def _chosen(telegram: Telegram, told: dict[str, str]) -> Chosen:
    chat = told.get("chat", "")
    people = made_up_people()
    if not chat.isascii() or not chat.isdecimal() or not 0 < int(chat) < 2**52:
        return Chosen(people[0], "frame" in told)
    return Chosen(telegram.chats.person(int(chat)) or made_up(int(chat)), "frame" in told)


def _stage(telegram: Telegram, chosen: Chosen) -> str:
    chat = chosen.person.chat
    if chat in telegram.faults.blocked:
        return "blocked"
    return "write" if next(telegram.chats.newest_first(chat), None) else "start"


def _days(telegram: Telegram, chosen: Chosen, language: str) -> str:
    words, chat = TELEGRAM_WORDS[language], chosen.person.chat
    at = datetime.now(UTC).astimezone(ZoneInfo(telegram.config.timezone))
    days = thread(telegram.chats, chat, words=words, language=language, now=at)
    return _PAGES.get_template("telegram_thread.html").render(
        days=days, words=words, chosen=chosen, stage=_stage(telegram, chosen)
    )


def _page(telegram: Telegram, request: Request) -> Response:
    language, query = language_of(request), dict(request.query_params)
    chosen = _chosen(telegram, query)
    people = {person.chat: person for person in made_up_people()}
    people |= {person.chat: person for person in telegram.chats.people()[-20:]}
    people[chosen.person.chat] = chosen.person
    last = last_text(telegram.chats, chosen.person.chat) if "edit" in query else None
    text = _PAGES.get_template("telegram.html").render(
        language=language,
        words=TELEGRAM_WORDS[language],
        is_on=telegram.is_on,
        chosen=chosen,
        phones=[Chosen(person, framed=False) for person in people.values()],
        stage=_stage(telegram, chosen),
        revision=telegram.chats.revision,
        thread=_days(telegram, chosen, language),
        last=last,
        others=CONTENT,
        faults=telegram.faults,
        kinds=KINDS,
        methods=_METHODS,
        desk=telegram.config.desk,
        look=_next_look(query),
        provider_open="provider" in query,
    )
    return HTMLResponse(text, headers=SECURITY)


def _next_look(query: dict[str, str]) -> int:
    """Another number at each look: a link that differs only in its #fragment loads nothing."""
    before = query.get("look", "0")
    return int(before[-3:]) + 1 if before.isascii() and before.isdecimal() else 1


def _block_of_thread(telegram: Telegram, request: Request) -> Response:
    """The thread where something changed since a revision, else 204."""
    revision = telegram.chats.revision
    if request.query_params.get("since") == str(revision):
        return Response(status_code=204, headers=SECURITY)
    chosen = _chosen(telegram, dict(request.query_params))
    told = {"X-Revision": str(revision), "X-Stage": _stage(telegram, chosen)}
    block = _days(telegram, chosen, language_of(request))
    return HTMLResponse(block, headers=SECURITY | told)


def _act(telegram: Telegram, request: Request, form: dict[str, str]) -> Response:
    what = request.path_params["what"]
    if not same_origin(request) or not telegram.is_on:
        return Response(status_code=403)
    if what not in ("send", "start", "press", "other", "block"):
        return Response(status_code=404)
    chosen = _chosen(telegram, form)
    try:
        _do(telegram, what, chosen.person, form)
    except NotThere:
        return Response("404", 404)
    except ValueError:
        return Response("400", 400)
    if request.headers.get("x-from") == "script":
        return Response(status_code=204)
    return RedirectResponse(f"/telegram?{chosen.query}#end", 303)


def _do(telegram: Telegram, what: str, person: Person, form: dict[str, str]) -> None:
    if what == "press":
        number, data = int(form.get("message_id", "")), form.get("data", "")
        telegram_acts.press(telegram, person.chat, number, data=data)
    elif what == "other":
        telegram_acts.send_other(telegram, person, form.get("kind", ""))
    elif what == "block":
        telegram_acts.block(telegram, person, blocked="unblock" not in form)
    elif what == "start":
        code = form.get("code", "").strip()
        if not _CODE.fullmatch(code):
            raise ValueError("Telegram's deep links carry letters, digits, _ and -")
        telegram_acts.write(telegram, person, f"/start {code}".strip())
    else:
        _write(telegram, person, form)


def _write(telegram: Telegram, person: Person, form: dict[str, str]) -> None:
    text = form.get("text", "").replace("\r\n", "\n").strip()[:_LONGEST_TEXT]
    if not text:
        return
    if form.get("edit"):
        telegram_acts.edit(telegram, person.chat, int(form["edit"]), text)
    else:
        telegram_acts.write(telegram, person, text)


def _switch(telegram: Telegram, request: Request, form: dict[str, str]) -> Response:
    if not same_origin(request):
        return Response(status_code=403)
    chosen = _chosen(telegram, form)
    if "off" in form:
        telegram.faults.switch_off(form["off"])
    else:
        try:
            telegram.faults.set(fault_from_json(form.get("kind", ""), _fields(form, chosen)))
        except (BadFault, ValueError):
            return Response("400", 400)
    return RedirectResponse(f"/telegram?{chosen.query}&provider=1#provider", 303)


def _fields(form: dict[str, str], chosen: Chosen) -> dict[str, object]:
    fields: dict[str, object] = {}
    if form.get("on"):
        fields["on"] = form["on"]
    if form.get("times"):
        fields["times"] = int(form["times"])
    if form.get("seconds"):
        fields["seconds"] = float(form["seconds"])
    if form.get("only"):
        fields["chat"] = chosen.person.chat
    return fields
