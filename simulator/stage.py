"""The stage: two phones beside the desk on one page, scenes to start, and a guided first minute."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from simulator.connections import is_loopback
from simulator.forms import read_form, same_origin
from simulator.night import Night, watch
from simulator.playing import SmsPhone, TelegramPhone, Telephone, play
from simulator.provider import Provider
from simulator.scenes import BY_KEY, FRESH_CHATS, FRESH_PHONES, SCENES, Scene
from simulator.stage_words import STAGE_WORDS, STEPS
from simulator.telegram_book import FIRST_CHAT, made_up, made_up_people
from simulator.words import language_of

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Which phones stand on the stage, and the scene that is played on one of them."""

    phone: str
    chat: int
    scene: str = ""

    @property
    def query(self) -> str:
        """The part of the page's address that says so."""
        told = {"phone": self.phone.lstrip("+"), "chat": str(self.chat)}
        return urlencode(told | ({"scene": self.scene} if self.scene else {}))

    @property
    def frames(self) -> dict[str, str]:
        """The two phones' own addresses."""
        return {
            "sms": "/?" + urlencode({"phone": self.phone.lstrip("+"), "frame": "1"}),
            "telegram": "/telegram?" + urlencode({"chat": self.chat, "frame": "1"}),
        }


def routes(provider: Provider) -> list[Route]:
    """The page, the form that starts a scene, and what has happened in a night shift."""

    async def page(request: Request) -> Response:
        return _page(provider, request)

    async def scene(request: Request) -> Response:
        return _start(provider, request, await read_form(request))

    async def night(request: Request) -> Response:
        return JSONResponse(_hours(provider, language_of(request)), headers=_headers(provider))

    return [
        Route("/stage", page, methods=["GET"]),
        Route("/stage/scene", scene, methods=["POST"]),
        Route("/stage/night", night, methods=["GET"]),
    ]


def _page(provider: Provider, request: Request) -> Response:
    language = language_of(request)
    shown = _shown(provider, dict(request.query_params))
    text = _PAGES.get_template("stage.html").render(
        language=language,
        words=STAGE_WORDS[language],
        passphrase=provider.config.passphrase,
        shown=shown,
        scenes=[scene for scene in SCENES if _can_play(provider, scene)],
        steps=STEPS,
        desk=provider.config.desk,
        has_telegram=provider.telegram.is_on,
        pagers=[
            (name, f"/?{urlencode({'phone': phone.lstrip('+'), 'frame': '1'})}")
            for name, phone in provider.config.pagers
        ],
        night=BY_KEY[shown.scene].shift if shown.scene else False,
        hours=_hours(provider, language),
    )
    return HTMLResponse(text, headers=_headers(provider))


def _headers(provider: Provider) -> dict[str, str]:
    desk = urlsplit(provider.config.desk or "")
    framed = f" {desk.scheme}://{desk.netloc}" if desk.netloc else ""
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        f"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"frame-src 'self'{framed}"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def _shown(provider: Provider, told: dict[str, str]) -> Shown:
    phone, chat = f"+{told.get('phone', '').strip().lstrip('+')[:15]}", told.get("chat", "")
    known = phone[1:].isascii() and phone[1:].isdecimal() and phone not in provider.config.lines
    here = chat.isascii() and chat.isdecimal() and 0 < int(chat) < 2**52
    scene = told.get("scene", "")
    return Shown(
        phone if known else provider.config.phones[0],
        int(chat) if here else FIRST_CHAT,
        scene if scene in BY_KEY else "",
    )


def _hours(provider: Provider, language: str) -> list[dict[str, str]]:
    """Of the night shift that was started last."""
    words = STAGE_WORDS[language]
    return [
        {"time": hour.time, "says": words[f"night_{hour.key}"].format(name=hour.name)}
        for hour in (provider.night.hours if provider.night else ())
    ]


def _can_play(provider: Provider, scene: Scene) -> bool:
    config = provider.config
    if scene.shift:
        here = is_loopback(urlsplit(config.desk or "").hostname or "")
        return here and bool(config.passphrase) and len(config.pagers) > 1
    return scene.where == "sms" or provider.telegram.is_on


def _start(provider: Provider, request: Request, form: dict[str, str]) -> Response:
    if not same_origin(request):
        return Response(status_code=403)
    scene = BY_KEY.get(form.get("scene", ""))
    if scene is None or not _can_play(provider, scene):
        return Response(status_code=400)
    shown = _shown(provider, form)
    on_sms = scene.where == "sms"
    phone = (scene.phone or _fresh_phone(provider, shown.phone)) if on_sms else shown.phone
    chat = shown.chat if on_sms else _fresh_chat(provider, shown.chat)
    shown = Shown(phone, chat, scene.key)
    language = language_of(request)
    plays_on = _telephone(provider, shown, str(request.base_url), on_sms=on_sms)
    playing = play(provider, scene, plays_on, language)
    if scene.shift:
        provider.night = Night(provider.config.clock_speed)
        provider.begin(watch(provider, provider.night, playing, str(request.base_url), language))
    else:
        provider.begin(playing)
    if request.headers.get("x-from") == "script":
        says = STAGE_WORDS[language]["playing"].format(scene=STAGE_WORDS[language][scene.key])
        told = {"frames": shown.frames, "where": scene.where, "says": says, "night": scene.shift}
        return JSONResponse(told)
    return RedirectResponse(f"/stage?{shown.query}", 303)


def _telephone(provider: Provider, shown: Shown, base: str, *, on_sms: bool) -> Telephone:
    if on_sms:
        return SmsPhone(provider, shown.phone, provider.config.lines[0], base)
    return TelegramPhone(provider.telegram, made_up(shown.chat))


def _fresh_phone(provider: Provider, shown: str) -> str:
    """A phone that has not written yet, the one on the stage before others."""
    stories = {scene.phone for scene in SCENES}
    phones = (shown, *(p for p in provider.config.phones if p not in stories), *FRESH_PHONES)
    wrote = provider.config.written
    return next(
        (p for p in phones if p not in wrote and not any(provider.book.newest_first(p))), shown
    )


def _fresh_chat(provider: Provider, shown: int) -> int:
    chats = (shown, *(person.chat for person in made_up_people()), *FRESH_CHATS)
    posts, wrote = provider.telegram.chats, provider.config.written
    return next(
        (chat for chat in chats if str(chat) not in wrote and not any(posts.newest_first(chat))),
        shown,
    )
