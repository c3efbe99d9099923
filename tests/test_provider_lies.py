"""What a provider, or whoever answers in its place, has not removed is never said to be gone."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from domain.message import Channel
from handlers.remove_copies import MOST_ATTEMPTS, remove_copies
from handlers.sweep_copies import sweep_copies
from senders.sender import Gone, Kept, Refused, TryLater
from senders.twilio import TwilioSender
from simulator.serving import running
from storage import ids, provider_copies, tables
from storage.database import Tx
from storage.provider_copies import Kind, NewCopy
from tests.sending import ACCOUNT, account
from tests.world import World

SID, OTHER = "SM" + "a" * 32, "SM" + "b" * 32
NUMBER = "PN" + "c" * 32
PICTURE = "ME" + "d" * 32
BASE = f"/2010-04-01/Accounts/{ACCOUNT}"
NOT_THERE = {"code": 20404, "message": "not found", "status": 404}


class Liar:
    """A Twilio of one message with a picture, which answers as it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answers: dict[str, Response] = {}
        """By method."""
        self.once: list[Response] = []
        """Of the message: before all else, one each."""
        self.deleted = False
        self.picture = Response(status_code=204)
        self.app = Starlette(routes=[Route("/{path:path}", self.answer, methods=METHODS)])

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        self.asked.append((request.method, path))
        if path.endswith("/Media.json"):
            listed = [{"sid": PICTURE, "account_sid": ACCOUNT, "parent_sid": SID}]
            return JSONResponse({"media_list": listed, "page": 0, "page_size": 20})
        if "/Media/" in path:
            return self.picture
        if self.once or request.method in self.answers:
            return self.once.pop(0) if self.once else self.answers[request.method]
        if self.deleted or path != f"{BASE}/Messages/{SID}.json":
            return JSONResponse(NOT_THERE, 404)
        if request.method == "DELETE":
            self.deleted = True
            return Response(status_code=204)
        return message(SID, "" if request.method == "POST" else "hej")


METHODS = ["GET", "POST", "DELETE"]


def message(sid: str, body: str, status: int = 200) -> Response:
    return JSONResponse({"sid": sid, "body": body, "account_sid": ACCOUNT}, status)


@pytest.fixture
async def liar() -> AsyncIterator[tuple[Liar, TwilioSender]]:
    liar = Liar()
    with running(liar.app) as address:
        sender = TwilioSender(account(address))
        yield liar, sender
        await sender.close()


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("another", message(OTHER, "")),
        ("as before", message(SID, "hej")),
        ("nothing", Response(status_code=200)),
        ("a page", HTMLResponse("<h1>Welcome to the library</h1>")),
        ("elsewhere", Response(status_code=302, headers={"location": "http://127.0.0.1:9/"})),
        ("an error", JSONResponse({"code": 20500, "status": 500}, 500)),
        ("a page for it", HTMLResponse("<h1>404</h1>", 404)),
        ("another code for it", JSONResponse({"code": 20001, "status": 404}, 404)),
        ("a code in letters", JSONResponse({"code": "20404", "status": 404}, 404)),
        ("not there, and it is", JSONResponse(NOT_THERE, 404)),
    ],
)
async def test_words_are_gone_only_where_the_same_message_stands_without_them(
    liar: tuple[Liar, TwilioSender], what: str, answer: Response
) -> None:
    twilio, sender = liar
    assert await sender.remove(Kept(SID, words_only=True)) == Gone()
    twilio.answers["POST"] = answer
    assert await sender.remove(Kept(SID, words_only=True)) == TryLater(), what


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("nothing", Response(status_code=204)),
        ("a page", HTMLResponse("<h1>Welcome to the library</h1>")),
        ("another", message(OTHER, "")),
        ("elsewhere", Response(status_code=302, headers={"location": "http://127.0.0.1:9/"})),
        ("an error", JSONResponse({"code": 20500, "status": 500}, 500)),
    ],
)
async def test_a_message_is_gone_only_where_it_is_asked_for_and_not_there(
    liar: tuple[Liar, TwilioSender], what: str, answer: Response
) -> None:
    twilio, sender = liar
    twilio.answers["DELETE"] = answer
    assert await sender.remove(Kept(SID)) == TryLater(), what
    del twilio.answers["DELETE"]
    assert await sender.remove(Kept(SID)) == Gone()
    assert twilio.deleted


@pytest.mark.parametrize("words_only", [True, False])
async def test_what_is_not_there_is_asked_for_once_more_before_it_is_gone(
    liar: tuple[Liar, TwilioSender], words_only: bool
) -> None:
    twilio, sender = liar
    twilio.once = [JSONResponse(NOT_THERE, 404)]
    assert await sender.remove(Kept(SID, words_only=words_only)) == TryLater()
    twilio.deleted = True
    twilio.asked.clear()
    assert await sender.remove(Kept(SID, words_only=words_only)) == Gone()
    path = f"{BASE}/Messages/{SID}.json"
    assert twilio.asked == [("POST" if words_only else "GET", path), ("GET", path)]


@pytest.mark.parametrize("code", [20001, 21610, 54009, "20404", None])
async def test_not_there_is_said_with_the_code_for_it_alone(
    liar: tuple[Liar, TwilioSender], code: object
) -> None:
    twilio, sender = liar
    twilio.answers["GET"] = JSONResponse({"code": code, "status": 404}, 404)
    assert await sender.remove(Kept(SID)) == TryLater()
    assert not twilio.deleted


async def test_a_picture_that_went_before_does_not_pass_for_its_message(
    liar: tuple[Liar, TwilioSender],
) -> None:
    twilio, sender = liar
    twilio.picture = JSONResponse(NOT_THERE, 404)
    assert await sender.remove(Kept(SID)) == Gone()
    assert twilio.deleted


async def test_a_picture_that_stays_keeps_its_message(liar: tuple[Liar, TwilioSender]) -> None:
    twilio, sender = liar
    twilio.picture = JSONResponse({"code": 20003, "status": 403}, 403)
    assert await sender.remove(Kept(SID)) == TryLater()
    assert not twilio.deleted


LEADING_ELSEWHERE = (
    f"../IncomingPhoneNumbers/{NUMBER}",
    f"{SID}/../../IncomingPhoneNumbers/{NUMBER}",
    f"%2e%2e/IncomingPhoneNumbers/{NUMBER}",
    f"{SID}.json?SmsUrl=https://evil.example.net/&x=",
    f"{SID}#",
    NUMBER,
    "SM1",
    SID + "a",
    "SM" + "g" * 32,
    "",
    "..",
)


@pytest.mark.parametrize("words_only", [True, False])
@pytest.mark.parametrize("told", LEADING_ELSEWHERE)
async def test_an_id_that_leads_elsewhere_is_followed_nowhere(
    liar: tuple[Liar, TwilioSender], told: str, words_only: bool
) -> None:
    twilio, sender = liar
    result = await sender.remove(Kept(told, words_only=words_only))
    assert isinstance(result, Refused)
    assert twilio.asked == []


async def test_an_id_written_into_the_database_changes_no_number_of_ours(
    world: World, liar: tuple[Liar, TwilioSender], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids begin anew: they never go back in a process, where other tests are days ahead."""
    monkeypatch.setattr(ids, "_last", (0, 0))
    twilio, sender = liar
    await world.text("hej")
    world.clock.advance(minutes=11)
    async with world.house.db.write() as tx:
        await _write(tx, provider_id=LEADING_ELSEWHERE[0])
    while await sweep_copies(world.house):
        pass
    while await remove_copies(world.house, {Channel.SMS: sender}):
        pass
    assert [path for _, path in twilio.asked if "PhoneNumbers" in path] == []
    assert (await world.queue()).copies == 1


async def _write(tx: Tx, **values: Any) -> None:
    await tx.conn.execute(tables.messages.update().values(**values))


async def test_what_lies_for_ever_is_a_task_in_the_end(
    world: World, liar: tuple[Liar, TwilioSender]
) -> None:
    twilio, sender = liar
    twilio.answers["DELETE"] = HTMLResponse("<h1>Welcome to the library</h1>")
    now = world.clock.now()
    async with world.house.db.write() as tx:
        await provider_copies.add(tx, [NewCopy(Channel.SMS, Kind.MESSAGE, now, SID)], now)
    for _ in range(MOST_ATTEMPTS + 1):
        await remove_copies(world.house, {Channel.SMS: sender})
        world.clock.advance(hours=7)
    assert (await world.queue()).copies == 1
