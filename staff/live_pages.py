"""What does an open page hear by itself? Numbers, kinds and ids; never a word or a name."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from uuid import UUID

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from domain.member import Role
from handlers.errors import BadInput
from handlers.live import Live, anew
from handlers.may_open import may_be_there
from handlers.open_page import Anew, Beat, Here, News, OpenPage, Over, Word
from handlers.presence import Doing, Sign
from handlers.see_presence import see_presence
from staff.forms import Form
from staff.visit import SignedIn

BEAT = 15.0
"""Seconds of silence after which the stream says that it is alive: proxies wait 60 and more."""

STUCK = 20.0
"""Seconds in which a page takes what is sent to it, or is taken for gone."""

RETRY_AFTER = 60

SAID = {Doing.READING: "here.reading", Doing.TYPING: "here.typing"}

HEADERS = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}


class LivePages:
    """The addresses of open pages."""

    def __init__(self, live: Live) -> None:
        """All pages of this process."""
        self._live = live

    async def stream(self, visit: SignedIn) -> Response:
        """Server-sent events, from the last number that the page saw; 429 for one too many.

        A page that was made for another role than counts by now, and did not listen when that was
        given, hears of it at once, and nothing else.
        """
        if not self._live.has_room(visit.secret):
            return Response(status_code=429, headers={"Retry-After": str(RETRY_AFTER)})
        asked = visit.request.query_params
        opened = _id(asked.get("open", ""))
        if opened and not await may_be_there(visit.house, visit.member, opened):
            opened = None
        page = OpenPage(
            visit.member, visit.secret, _id(asked.get("page", "")) or UUID(int=0), opened
        )
        if word := _made_for_another(visit, asked.get("drawn", "")):
            page.end(word)
        since, house_mark = asked.get("since", ""), asked.get("house")
        if last := visit.request.headers.get("last-event-id", ""):
            since, _, house_mark = last.partition(".")
        return Stream(self._live, page, _number(since), house_mark)

    async def here(self, visit: SignedIn) -> Response:
        """Who else reads which conversation, in words, by the conversation's id."""
        there = await see_presence(visit.house, self._live, visit.member)
        return JSONResponse(
            {
                str(talk): " · ".join(
                    visit.words.say(SAID[who.doing], name=who.name) for who in people
                )
                for talk, people in there.items()
            }
        )

    async def do_used(self, visit: SignedIn, form: Form) -> Response:
        """Somebody is at the page, which is all that it says."""
        del visit, form
        return Response(status_code=204)

    async def do_sign(self, visit: SignedIn, form: Form) -> Response:
        """A page tells what it is used for. Raises BadInput (doing: unknown)."""
        page, talk = form.uuid("page"), form.uuid("talk")
        try:
            doing = Doing(form.text("doing"))
        except ValueError:
            raise BadInput("doing", "unknown") from None
        if await may_be_there(visit.house, visit.member, talk):
            self._live.signal(Sign(page, visit.member.id, talk, doing))
        return Response(status_code=204)


class Stream(StreamingResponse):
    """Until the page goes, its session or its member's role ends, or the process does."""

    def __init__(
        self, live: Live, page: OpenPage, since: int | None, house_mark: str | None
    ) -> None:
        """Nothing is held before it is served."""
        super().__init__(self._words(), headers=HEADERS, media_type="text/event-stream")
        self._live, self._page = live, page
        self._since, self._house_mark = since, house_mark

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A page that takes nothing is gone, whatever its connection says."""

        async def patiently(message: Message) -> None:
            async with asyncio.timeout(STUCK):
                await send(message)

        with self._live.open(self._page):
            try:
                await super().__call__(scope, receive, patiently)
            except TimeoutError:
                raise ClientDisconnect from None

    async def _words(self) -> AsyncIterator[str]:
        yield ": hello\n\n"
        await self._live.catch_up(self._page, self._since, self._house_mark)
        while (word := await self._page.next(BEAT)) is not None:
            yield said(word, self._live.house_mark)


def said(word: Word, house_mark: str) -> str:
    """One event of the stream. The id of news is all that a page has to say when it comes back."""
    match word:
        case News(to, talks, afresh):
            named = None if talks is None else sorted(str(talk) for talk in talks)
            about = {"to": to, "talks": named} | ({"afresh": True} if afresh else {})
            return f"id: {to}.{house_mark}\n{_event('news', about)}"
        case Here(talks):
            return _event("here", {"talks": sorted(str(talk) for talk in talks)})
        case Beat():
            return f": beat\n{_event('beat', {})}"
        case Over():
            return _event("over", {})
        case Anew(same):
            return _event("anew", {"same": same})


def _event(kind: str, about: Mapping[str, object]) -> str:
    return f"event: {kind}\ndata: {json.dumps(about, separators=(',', ':'))}\n\n"


def _made_for_another(visit: SignedIn, drawn: str) -> Anew | None:
    """Nothing for a page that does not say for whom it was made."""
    return anew(Role(drawn), visit.member.role) if drawn in set(Role) else None


def _id(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None


def _number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
