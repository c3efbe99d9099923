"""What Twilio's sender concludes from each way in which a call can end."""

import asyncio
import socket
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from domain.message import OptOut
from senders import twilio_http
from senders.sender import Accepted, Letter, OutOfReach, Refused, Result, TryLater, Unsure
from senders.twilio import TwilioSender
from senders.twilio_http import wait
from simulator.app import create_app
from simulator.book import Message
from simulator.config import Config
from simulator.faults import Fault
from simulator.life import accept
from simulator.provider import Provider
from simulator.serving import running
from tests.patience import PATIENCE
from tests.sending import ACCOUNT, NOBODY, TOKEN, account
from tests.world import LINE, PHONE

OTHER = "+46701740620"


@pytest.fixture
def twilio() -> Iterator[tuple[str, Provider]]:
    app = create_app(Config(ACCOUNT, TOKEN, f"{NOBODY}/webhooks/twilio/message", (LINE,)))
    with running(app) as address:
        yield address, app.state.provider


@pytest.fixture
def provider(twilio: tuple[str, Provider]) -> Provider:
    return twilio[1]


@pytest.fixture
async def sender(twilio: tuple[str, Provider]) -> AsyncIterator[TwilioSender]:
    sender = TwilioSender(account(twilio[0]))
    yield sender
    await sender.close()


def letter(body: str = "Hej å 🌿", to: str = PHONE) -> Letter:
    return Letter(to, LINE, body, "a-code")


def accepted(provider: Provider) -> list[Message]:
    return provider.book.oldest_first(PHONE)


async def test_an_accepted_text_has_the_providers_id_and_its_own_callback(
    sender: TwilioSender, provider: Provider
) -> None:
    result = await sender.send(letter())
    (message,) = accepted(provider)
    assert result == Accepted(message.sid)
    assert (message.text, message.sender) == ("Hej å 🌿", LINE)
    assert message.callback == f"{NOBODY}/webhooks/twilio/status/a-code"


async def test_sending_and_asking_raise_no_warning(sender: TwilioSender) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await sender.send(letter())
        await sender.sent_since(letter(), datetime.now(UTC))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("429", seconds=2), TryLater(2.0)),
        (Fault("500"), TryLater()),
        (Fault("drop-before-accepting"), Unsure()),
        (Fault("drop-after-accepting"), Unsure()),
    ],
)
async def test_each_fault_is_what_it_is(
    sender: TwilioSender, provider: Provider, fault: Fault, expected: Result
) -> None:
    provider.faults.set(fault)
    assert await sender.send(letter()) == expected


@pytest.mark.parametrize(
    ("to", "body", "code"), [("+1", "x", 21211), (PHONE, "x" * 1601, 21617), (PHONE, "", 21602)]
)
async def test_a_refusal_is_final_and_has_twilios_code(
    sender: TwilioSender, to: str, body: str, code: int
) -> None:
    assert await sender.send(Letter(to, LINE, body, "c")) == Refused(code)


async def test_an_opted_out_number_is_refused_with_its_code(
    sender: TwilioSender, provider: Provider
) -> None:
    provider.faults.opted_out.add(PHONE)
    assert await sender.send(letter()) == Refused(21610, OptOut.PROVIDER)


async def test_a_provider_that_is_slow_beyond_measure_leaves_us_unsure_in_under_ten_seconds(
    sender: TwilioSender, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert twilio_http.TIMEOUT < 10
    monkeypatch.setattr(twilio_http, "TIMEOUT", 2.0)
    provider.faults.set(Fault("slow", seconds=60, times=1))
    assert await sender.send(letter()) == Unsure()
    async with asyncio.timeout(PATIENCE):
        while not accepted(provider):  # noqa: ASYNC110 - the provider is another thread's
            await asyncio.sleep(0.01)
    assert len(accepted(provider)) == 1


async def test_where_nobody_listens_nothing_left() -> None:
    sender = TwilioSender(account(NOBODY))
    assert await sender.send(letter()) == TryLater()
    with pytest.raises(OutOfReach):
        await sender.sent_since(letter(), datetime.now(UTC))
    await sender.close()


async def test_a_name_that_does_not_resolve_is_tried_again() -> None:
    sender = TwilioSender(account("http://twilio.invalid:80"))
    assert await sender.send(letter()) == TryLater()
    await sender.close()


async def test_where_a_connection_never_comes_about_nothing_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(twilio_http, "TIMEOUT", 0.3)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        sender = TwilioSender(account(f"http://127.0.0.1:{full.getsockname()[1]}"))
        assert await sender.send(letter()) == TryLater()
        await sender.close()
        for one in waiting:
            one.close()


Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[TwilioSender]:
    """A sender that speaks to a server of few words."""
    under_way: set[asyncio.Task[None]] = set()

    async def to_its_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        writer.close()
        await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(asyncio.create_task(to_its_end(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sender = TwilioSender(account(f"http://127.0.0.1:{port}"))
    try:
        yield sender
    finally:
        await sender.close()
        server.close()
        await asyncio.gather(*under_way, return_exceptions=True)


def saying(status: str, body: str = "", *headers: str) -> Answer:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
        writer.write("\r\n".join([*head, "", body]).encode())
        await writer.drain()

    return answer


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        ("503 Unavailable", "", TryLater()),
        ("502 Bad Gateway", "<html>", Unsure()),
        ("504 Gateway Timeout", "<html>", Unsure()),
        ("413 Too Large", "<html>", TryLater()),
        ("401 Unauthorized", '{"code": 20003}', TryLater()),
        ("400 Bad Request", '{"code": 21611, "message": "full"}', TryLater()),
        ("400 Bad Request", '{"code": 21408, "message": "region"}', Refused(21408)),
        (
            "400 Bad Request",
            '{"type": "t", "title": "t", "status": 400, "code": 21408}',
            Refused(21408),
        ),
        ("302 Found", "<html>sign in to the guest network</html>", TryLater()),
        ("200 OK", "<html>", Unsure()),
        ("201 Created", "{}", Unsure()),
        ("201 Created", "[]", Unsure()),
    ],
)
async def test_an_answer_that_is_not_twilios_is_never_taken_for_a_yes(
    status: str, body: str, expected: Result
) -> None:
    async with answering(saying(status, body)) as sender:
        assert await sender.send(letter()) == expected


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"messages": [[]]}'])
async def test_a_list_that_is_not_twilios_means_out_of_reach(body: str) -> None:
    async with answering(saying("200 OK", body)) as sender:
        with pytest.raises(OutOfReach):
            await sender.sent_since(letter(), datetime.now(UTC))
        with pytest.raises(OutOfReach):
            [_ async for _ in sender.received_since(datetime.now(UTC), LINE)]


async def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again() -> None:
    bodies: list[bytes] = []
    closed = asyncio.Event()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        bodies.append(head)
        writer.write(b'HTTP/1.1 201 Created\r\nContent-Length: 14\r\n\r\n{"sid": "SM1"}')
        await writer.drain()
        writer.write_eof()
        await reader.read()  # to its end: the sender has closed theirs too
        closed.set()

    async with answering(once) as sender:
        assert await sender.send(letter()) == Accepted("SM1")
        await asyncio.wait_for(closed.wait(), PATIENCE)
        closed.clear()
        assert await sender.send(letter()) == Accepted("SM1")
    assert len(bodies) == 2


def test_idle_connections_are_closed_before_any_server_does() -> None:
    assert twilio_http.KEEP_ALIVE < 5


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("86400", 3600.0),
        ("Mon, 02 Mar 2026 12:00:30 GMT", 30.0),
        ("soon", None),
        ("nan", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date_on_the_answers_own_clock(
    retry_after: str, seconds: float | None
) -> None:
    headers = {"Retry-After": retry_after, "Date": "Mon, 02 Mar 2026 12:00:00 GMT"}
    assert wait(headers) == seconds


async def test_asking_finds_a_text_also_before_the_provider_has_sent_it(
    sender: TwilioSender, provider: Provider
) -> None:
    began = datetime.now(UTC)
    await sender.send(letter("one"))
    await sender.send(letter("two"))
    await sender.send(letter("one"))
    await sender.send(letter("one", OTHER))
    one, _, again = (message.sid for message in accepted(provider))
    assert await sender.sent_since(letter("one"), began) == [one, again]
    assert await sender.sent_since(letter("three"), began) == []
    assert await sender.sent_since(letter("one"), began + timedelta(minutes=1)) == []


async def test_of_a_redacted_text_whatever_the_api_sent_to_them_counts(
    sender: TwilioSender, provider: Provider
) -> None:
    began = datetime.now(UTC)
    await sender.send(letter("one"))
    accept(provider, sender=LINE, to=PHONE, text="You are out", direction="outbound-reply")
    assert await sender.sent_since(letter(""), began) == [accepted(provider)[0].sid]


async def test_asking_reads_on_where_the_first_page_is_all_new(
    sender: TwilioSender, provider: Provider
) -> None:
    began = datetime.now(UTC)
    await sender.send(letter("the one"))
    for place in range(120):
        accept(provider, sender=LINE, to=PHONE, text=str(place))
    assert await sender.sent_since(letter("the one"), began) == [accepted(provider)[0].sid]


async def test_the_words_that_a_trial_account_puts_before_a_text_do_not_hide_it(
    sender: TwilioSender, provider: Provider
) -> None:
    began = datetime.now(UTC)
    trial = "Sent from your Twilio trial account - Hej "
    sent = accept(provider, sender=LINE, to=PHONE, text=trial)
    assert await sender.sent_since(letter("Hej"), began) == [sent.sid]


async def test_a_listed_text_that_no_database_could_keep_does_not_hold_up_the_others() -> None:
    body = (
        '{"messages": [{"sid": "SM1", "direction": "inbound", "from": "+46701740610",'
        ' "to": "+46701740605", "body": "a\\u0000b\\ud800c",'
        ' "date_sent": "Mon, 02 Mar 2026 12:00:00 +0000"}]}'
    )
    async with answering(saying("200 OK", body)) as sender:
        (message,) = [m async for m in sender.received_since(datetime.now(UTC), LINE)]
    assert (message.body, message.at.year, message.caught_up) == ("ab?c", 2026, True)
