"""The voice webhook over real HTTP: signed, spoken to whatever happens, stored before or after."""

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from domain.call import HIDDEN_NUMBERS
from handlers.add_line import add_line
from handlers.seen import Row
from simulator.app import create_app
from simulator.config import Config
from simulator.serving import running
from storage.database import Database
from tests.edge import HERE, PUBLIC, Edge, serving, sign
from tests.process import ACCOUNT, TOKEN
from tests.world import LINE, PHONE, World
from webhooks import twilio

VOICE = "/webhooks/twilio/voice"
AGAIN = VOICE + "?again=1"
SAY, HANG_UP, REDIRECT = "Say", "Hangup", "Redirect"


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    async with serving(world.house) as made:
        yield made


def form(caller: str = PHONE, sid: str = "CA" + "1" * 32, **more: str) -> dict[str, str]:
    """A call as Twilio posts it."""
    return {
        "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "CallSid": sid, "CallStatus": "ringing",
        "Called": LINE, "Caller": caller, "CallerName": "A NAME", "Direction": "inbound",
        "From": caller, "FromCity": "MALMO", "To": LINE,
    } | more  # fmt: skip


def verbs(answer: httpx.Response) -> list[ET.Element]:
    assert answer.headers["content-type"].split(";")[0] == "text/xml"
    return list(ET.fromstring(answer.text))


def tags(answer: httpx.Response) -> list[str]:
    return [verb.tag for verb in verbs(answer)]


async def waiting(world: World) -> tuple[Row, ...]:
    return (await world.queue()).waiting


async def test_a_signed_call_is_stored_and_hears_the_words_in_the_lines_languages(
    world: World, edge: Edge
) -> None:
    answer = await edge.post(VOICE, form())
    assert answer.status_code == 200
    swedish, english, end = verbs(answer)
    assert (swedish.get("language"), english.get("language")) == ("sv-SE", "en-GB")
    assert "ett ett två" in (swedish.text or "")
    assert "one one two" in (english.text or "")
    assert end.tag == HANG_UP
    (row,) = await waiting(world)
    assert row.reasons == ("called",)


async def test_a_line_of_one_language_speaks_that_one(world: World, edge: Edge) -> None:
    await add_line(world.house, "+46701740606", "Card 2", ("en",), "exit")
    answer = await edge.post(VOICE, form(To="+46701740606"))
    assert [verb.get("language") for verb in verbs(answer)] == ["en-GB", None]


@pytest.mark.parametrize("signature", ["", "x", sign(PUBLIC + VOICE, [])])
async def test_without_its_signature_nothing_is_stored_and_nothing_said(
    world: World, edge: Edge, signature: str
) -> None:
    answer = await edge.post(VOICE, form(), signature=signature)
    assert (answer.status_code, answer.text) == (403, "")
    other = await edge.post(AGAIN, form(), signed_for=PUBLIC + VOICE)
    assert other.status_code == 403
    assert not await waiting(world)


async def test_a_call_without_its_id_is_no_call_and_a_get_is_nothing(
    world: World, edge: Edge
) -> None:
    for sid in ("", "C" * 65):
        assert (await edge.post(VOICE, form(sid=sid))).status_code == 400
    assert (await edge.http.get(VOICE)).status_code == 405
    assert not await waiting(world)


@pytest.mark.parametrize(
    "caller",
    [
        *sorted(HIDDEN_NUMBERS),
        "anonymous",
        "",
        "Restricted",
        "client:somebody",
        "+",
        "+4x",
        "sip:a@b",
    ],
)
async def test_whoever_withholds_their_number_is_spoken_to_and_shown_as_hidden(
    world: World, edge: Edge, caller: str
) -> None:
    assert tags(await edge.post(VOICE, form(caller))) == [SAY, SAY, HANG_UP]
    (row,) = await waiting(world)
    assert "not_answerable" in row.marks


async def test_all_hidden_callers_are_one_entry(world: World, edge: Edge) -> None:
    for place, caller in enumerate(["anonymous", "+266696687", "unknown", ""]):
        await edge.post(VOICE, form(caller, sid=f"CA{place:032x}"))
    assert len(await waiting(world)) == 1


async def test_the_same_call_posted_many_times_at_once_is_one(world: World, edge: Edge) -> None:
    answers = await asyncio.gather(*(edge.post(VOICE, form()) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert (await world.count("contacts"), await world.count("receipts")) == (1, 1)


async def test_nothing_of_the_caller_is_logged(world: World, edge: Edge) -> None:
    with capture_logs() as lines:
        await edge.post(VOICE, form(To="+46701740699"))
    assert lines == [{"event": "call_to_unknown_line", "log_level": "warning"}]


# When it cannot be stored


@asynccontextmanager
async def broken() -> AsyncIterator[None]:
    """The database takes nothing."""
    whole = Database.write

    @asynccontextmanager
    async def write(self: Database) -> AsyncIterator[Any]:
        raise OSError("away")
        yield

    Database.write = write  # type: ignore[method-assign] # back below
    try:
        yield
    finally:
        Database.write = whole  # type: ignore[method-assign] # as it was


async def test_a_caller_hears_the_words_though_nothing_can_be_stored_and_is_asked_about_again(
    world: World, edge: Edge
) -> None:
    async with broken():
        with capture_logs() as lines:
            answer = await edge.post(VOICE, form())
    assert answer.status_code == 200
    assert tags(answer) == [SAY, SAY, REDIRECT]
    redirect = verbs(answer)[-1]
    assert (redirect.text, redirect.get("method")) == (AGAIN + "#rc=5&rp=ct,rt,5xx", "POST")
    assert [line["event"] for line in lines] == ["call_not_stored"]
    assert PHONE not in str(lines)
    assert edge.counted("utvag_calls", stored="no") == 1
    assert not await waiting(world)


async def test_asked_again_it_is_stored_without_being_said_twice(world: World, edge: Edge) -> None:
    async with broken():
        await edge.post(VOICE, form())
        assert (await edge.post(AGAIN, form())).status_code == 503
    assert tags(await edge.post(AGAIN, form())) == [HANG_UP]
    assert len(await waiting(world)) == 1


async def test_who_hung_up_before_is_stored_by_the_line_itself(world: World, edge: Edge) -> None:
    async with broken():
        began = world.clock.now()
        await edge.post(VOICE, form())
        assert await edge.calls.again() == 0
    world.clock.advance(minutes=3)
    assert await edge.calls.again() == 1
    assert await edge.calls.again() == 0
    (row,) = await waiting(world)
    assert row.wait.since == began


async def test_a_database_that_hangs_keeps_no_caller_waiting(
    world: World, edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio, "STORED_WITHIN", 0.2)
    async with world.house.db.write() as tx:
        if tx.postgres:
            await tx.conn.execute(text("LOCK TABLE lines IN ACCESS EXCLUSIVE MODE"))
        answer = await edge.post(VOICE, form())
    assert tags(answer) == [SAY, SAY, REDIRECT]
    assert await edge.calls.again() == 1
    assert len(await waiting(world)) == 1


# The whole way, from a phone


@asynccontextmanager
async def provider_of(edge: Edge) -> AsyncIterator[str]:
    """A made-up Twilio that asks this line what its callers hear; its address."""
    voice = f"{edge.public}{VOICE}#rc=5&rp=ct,rt,5xx"
    texts = f"{edge.public}/webhooks/twilio/message"
    with running(create_app(Config(ACCOUNT, TOKEN, texts, (LINE,), voice=voice))) as provider:
        yield provider


async def dialled(provider: str, **more: object) -> dict[str, Any]:
    told = {"from": PHONE, "wait": True} | more
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{provider}/control/call", json=told) as answer,
    ):
        heard: dict[str, Any] = await answer.json()
    return heard


async def test_somebody_calls_the_number_on_the_card_and_the_provider_asks_three_times(
    world: World,
) -> None:
    async with serving(world.house, public_url=HERE) as edge, provider_of(edge) as provider:
        heard = await dialled(provider, repeat=3)
        hidden = await dialled(provider, **{"from": "anonymous"})
    assert (heard["status"], heard["hung_up"]) == ("completed", True)
    assert [one["language"] for one in heard["said"]] == ["sv-SE", "en-GB"]
    assert hidden["said"] == heard["said"]
    assert len(await waiting(world)) == 2


async def test_a_caller_of_a_line_that_cannot_store_hears_the_words_all_the_same(
    world: World,
) -> None:
    async with (
        serving(world.house, public_url=HERE) as edge,
        provider_of(edge) as provider,
        broken(),
    ):
        heard = await dialled(provider)
    assert [one["language"] for one in heard["said"]] == ["sv-SE", "en-GB"]
    assert heard["verbs"][-1] == REDIRECT
