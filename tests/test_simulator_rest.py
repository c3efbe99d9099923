"""The fake Twilio over real HTTP, spoken to by Twilio's own client."""

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from simulator.app import create_app
from simulator.config import Config
from simulator.listening import Listener
from simulator.serving import running
from tests.patience import PATIENCE

SID, TOKEN = "AC" + "0" * 32, "made-up-token"
LINE, PHONE, OTHER = "+46701740605", "+46701740611", "+46701740612"


@dataclass
class Ground:
    base: str
    line: str
    listener: Listener
    client: Client

    def send(self, body: str = "Hej", to: str = PHONE, **more: Any) -> Any:
        return self.client.messages.create(to=to, from_=LINE, body=body, **more)

    def faults(self, **wanted: Any) -> None:
        told = {kind.replace("_", "-"): value for kind, value in wanted.items()}
        named = {"opted-out": "opted_out", "too-many": "429", "server-error": "500"}
        body = {named.get(kind, kind): value for kind, value in told.items()}
        httpx.put(f"{self.base}/control/faults", json=body).raise_for_status()

    def messages(self, phone: str = PHONE, **more: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.base}/control/messages", params={"phone": phone} | more)
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    def finished(self, sid: str) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for found in self.messages():
                if found["sid"] == sid and found["status"] in ("delivered", "undelivered"):
                    return found
            time.sleep(0.005)
        raise TimeoutError(sid)

    def rest(self) -> None:
        until = time.monotonic() + PATIENCE
        while httpx.get(f"{self.base}/control/stats").json()["pending"]:
            assert time.monotonic() < until
            time.sleep(0.01)
        httpx.post(f"{self.base}/control/reset").raise_for_status()
        self.listener.heard.clear()


@pytest.fixture(scope="module")
def servers() -> Iterator[Ground]:
    listener = Listener(TOKEN)
    with running(listener.app()) as line:
        config = Config(SID, TOKEN, f"{line}/in", (LINE,), sent_after=0.02, delivered_after=0.05)
        with running(create_app(config)) as base:
            client = Client(SID, TOKEN)
            client.api.base_url = base
            yield Ground(base, line, listener, client)
            client.http_client.session.close()


@pytest.fixture
def ground(servers: Ground) -> Iterator[Ground]:
    yield servers
    servers.rest()


def test_a_message_is_accepted_with_twilios_whole_resource(ground: Ground) -> None:
    sent = ground.send("å" * 161)
    assert sent.sid.startswith("SM") and len(sent.sid) == 34
    assert (sent.status, sent.num_segments, sent.direction) == ("queued", "2", "outbound-api")
    assert (sent.to, sent.from_, sent.body) == (PHONE, LINE, "å" * 161)
    assert abs(sent.date_created - datetime.now(UTC)) < timedelta(seconds=PATIENCE)
    assert sent.uri == f"/2010-04-01/Accounts/{SID}/Messages/{sent.sid}.json"
    assert (sent.error_code, sent.date_sent, sent.account_sid) == (None, None, SID)


def test_a_message_becomes_sent_and_delivered(ground: Ground) -> None:
    sent = ground.send()
    ground.finished(sent.sid)
    fetched = sent.fetch()
    assert fetched.status == "delivered"
    assert fetched.date_sent is not None


@pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")  # twilio to aiohttp
async def test_the_asynchronous_client_works_too(ground: Ground) -> None:
    async with AsyncTwilioHttpClient() as http_client:
        client = Client(SID, TOKEN, http_client=http_client)
        client.api.base_url = ground.base
        sent = await client.messages.create_async(to=PHONE, from_=LINE, body="Hej")
        assert [m.sid for m in await client.messages.list_async(to=PHONE)] == [sent.sid]


def test_a_list_is_newest_first_and_leads_through_every_page(ground: Ground) -> None:
    sids = [ground.send(str(number)).sid for number in range(7)]
    ground.send("to somebody else", to=OTHER)
    listed = ground.client.messages.list(to=PHONE, page_size=2)
    assert [m.sid for m in listed] == sids[::-1]
    assert ground.client.messages.list(to=PHONE, from_=OTHER) == []


def test_pages_stay_whole_when_messages_come_and_go_between_them(ground: Ground) -> None:
    sids = [ground.send(str(number)).sid for number in range(6)]
    ground.finished(sids[-1])
    ground.finished(sids[-2])
    first = ground.client.messages.page(to=PHONE, page_size=2)
    seen = [m.sid for m in first]
    ground.send("later")
    ground.client.messages(sids[-2]).delete()
    second = first.next_page()
    assert second is not None
    assert seen + [m.sid for m in second] == sids[5:1:-1]


def test_a_list_by_date_finds_what_was_sent_since(ground: Ground) -> None:
    sent = ground.send()
    ground.finished(sent.sid)
    now = datetime.now(UTC)
    since, later = now - timedelta(minutes=10), now + timedelta(minutes=10)
    listed = ground.client.messages.list(to=PHONE, date_sent_after=since)
    assert [m.sid for m in listed] == [sent.sid]
    assert ground.client.messages.list(to=PHONE, date_sent_after=later) == []
    assert ground.client.messages.list(to=PHONE, date_sent_before=since) == []
    assert len(ground.client.messages.list(to=PHONE, date_sent_before=later)) == 1


def test_a_redacted_body_is_gone_at_the_provider_and_stays_on_the_phone(ground: Ground) -> None:
    sent = ground.send("secret")
    ground.finished(sent.sid)
    with pytest.raises(TwilioRestException):
        sent.update(body="something else")
    assert sent.update(body="").body == ""
    assert sent.fetch().body == ""
    assert ground.messages()[0]["body"] == "secret"


def test_a_deleted_message_is_found_no_more(ground: Ground) -> None:
    sent = ground.send()
    ground.finished(sent.sid)
    assert sent.delete()
    with pytest.raises(TwilioRestException) as gone:
        sent.fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)
    assert ground.client.messages.list(to=PHONE) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": "0701740611"}, 21211),
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"From": OTHER}, 21606),
        ({"Body": ""}, 21602),
        ({"Body": "a" * 1601}, 21617),
        ({"StatusCallback": "not an address"}, 21609),
        ({"StatusCallback": "http://192.0.2.1/status"}, 21609),
    ],
)
def test_a_wrong_message_is_refused_as_twilio_refuses(
    ground: Ground, fields: dict[str, str], code: int
) -> None:
    form = {"To": PHONE, "From": LINE, "Body": "Hej"} | fields
    path = f"{ground.base}/2010-04-01/Accounts/{SID}/Messages.json"
    answer = httpx.post(path, data=form, auth=(SID, TOKEN))
    assert answer.status_code == 400
    told = answer.json()
    assert (told["code"], told["status"]) == (code, 400)
    assert told["more_info"].endswith(str(code)) and told["message"]
    assert ground.messages() == []


@pytest.mark.parametrize("account, token", [(SID, "wrong"), ("AC" + "1" * 32, TOKEN), (SID, "")])
def test_wrong_credentials_get_401_and_nothing_else(
    ground: Ground, account: str, token: str
) -> None:
    path = f"{ground.base}/2010-04-01/Accounts/{account}/Messages.json"
    for answer in (
        httpx.post(path, data={"To": PHONE, "From": LINE, "Body": "Hej"}, auth=(account, token)),
        httpx.get(path, auth=(account, token)),
        httpx.get(path),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert ground.messages() == []


def test_status_callbacks_are_signed_for_the_exact_address(ground: Ground) -> None:
    sent = ground.send(status_callback=f"{ground.line}/status/abc?x=1#rc=2")
    first, second = ground.listener.wait_for(2)
    assert [first.form["MessageStatus"], second.form["MessageStatus"]] == ["sent", "delivered"]
    for heard in (first, second):
        assert heard.signed and heard.path == "/status/abc?x=1"
        assert heard.form["MessageSid"] == heard.form["SmsSid"] == sent.sid
        assert heard.form["SmsStatus"] == heard.form["MessageStatus"]
        assert (heard.form["To"], heard.form["From"]) == (PHONE, LINE)
        assert (heard.form["AccountSid"], heard.form["ApiVersion"]) == (SID, "2010-04-01")
    assert second.form["RawDlrDoneDate"].isdecimal()


def test_undelivered_comes_with_its_error(ground: Ground) -> None:
    ground.faults(undelivered={"times": 1})
    sent = ground.send(status_callback=f"{ground.line}/status")
    last = ground.listener.wait_for(2)[-1].form
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30003")
    assert sent.fetch().error_code == 30003
    assert ground.finished(ground.send().sid)["status"] == "delivered"


def test_callbacks_come_out_of_order(ground: Ground) -> None:
    ground.faults(out_of_order=True)
    ground.send(status_callback=f"{ground.line}/status")
    heard = [one.form["MessageStatus"] for one in ground.listener.wait_for(2)]
    assert heard == ["delivered", "sent"]


def test_callbacks_come_twice(ground: Ground) -> None:
    ground.faults(doubled=True)
    ground.send(status_callback=f"{ground.line}/status")
    heard = [one.form["MessageStatus"] for one in ground.listener.wait_for(4)]
    assert heard == ["sent", "sent", "delivered", "delivered"]


def test_callbacks_do_not_come(ground: Ground) -> None:
    ground.faults(no_callbacks={"times": 1})
    silent = ground.send(status_callback=f"{ground.line}/silent")
    ground.finished(silent.sid)
    ground.send(status_callback=f"{ground.line}/told")
    assert {one.path for one in ground.listener.wait_for(2)} == {"/told"}


def test_429_says_when_to_come_back_and_ends_after_its_times(ground: Ground) -> None:
    ground.faults(too_many={"times": 1, "seconds": 7})
    path = f"{ground.base}/2010-04-01/Accounts/{SID}/Messages.json"
    form = {"To": PHONE, "From": LINE, "Body": "Hej"}
    refused = httpx.post(path, data=form, auth=(SID, TOKEN))
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    assert refused.json()["code"] == 20429
    assert httpx.post(path, data=form, auth=(SID, TOKEN)).status_code == 201
    assert len(ground.messages()) == 1


def test_500_accepts_nothing(ground: Ground) -> None:
    ground.faults(server_error={"times": 1})
    with pytest.raises(TwilioRestException) as broken:
        ground.send()
    assert broken.value.status == 500
    assert ground.messages() == []
    ground.send()


def test_a_slow_answer_comes_after_the_message_was_accepted(ground: Ground) -> None:
    ground.faults(slow={"times": 1, "seconds": 7})
    with ThreadPoolExecutor(1) as aside:
        sending = aside.submit(ground.send)
        assert [m["body"] for m in ground.messages(wait="60")] == ["Hej"]
        assert not sending.done()
        assert sending.result().status == "queued"


def test_a_slow_acceptance_shows_only_later_though_whoever_sent_it_gave_up(ground: Ground) -> None:
    ground.faults(slow={"times": 1, "seconds": 7, "accept_first": False})
    path = f"{ground.base}/2010-04-01/Accounts/{SID}/Messages.json"
    form = {"To": PHONE, "From": LINE, "Body": "Hej"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(path, data=form, auth=(SID, TOKEN), timeout=httpx.Timeout(PATIENCE, read=0.5))
    assert ground.messages() == []
    assert [m["body"] for m in ground.messages(wait="60")] == ["Hej"]


def hang_up(ground: Ground) -> bytes:
    port = int(ground.base.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.connect()
    auth = httpx.BasicAuth(SID, TOKEN)._auth_header
    body = f"To=%2B{PHONE[1:]}&From=%2B{LINE[1:]}&Body=Hej"
    request = (
        f"POST /2010-04-01/Accounts/{SID}/Messages.json HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {auth}\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    connection.sock.sendall(request.encode())
    read = b""
    try:
        while chunk := connection.sock.recv(4096):
            read += chunk
    except ConnectionResetError:
        pass
    connection.close()
    return read


def test_dropped_after_accepting_the_message_lives_on_and_the_client_reads_nothing(
    ground: Ground,
) -> None:
    ground.faults(drop_after_accepting={"times": 1})
    assert hang_up(ground) == b""
    (accepted,) = ground.messages()
    assert ground.finished(accepted["sid"])["status"] == "delivered"
    assert hang_up(ground).startswith(b"HTTP/1.1 201")


def test_dropped_before_accepting_nothing_is_stored(ground: Ground) -> None:
    ground.faults(drop_before_accepting={"times": 1})
    assert hang_up(ground) == b""
    assert ground.messages() == []


def test_down_means_that_not_even_a_list_answers(ground: Ground) -> None:
    ground.faults(down=True)
    with pytest.raises(requests.exceptions.ConnectionError):
        ground.send()
    with pytest.raises(requests.exceptions.ConnectionError):
        ground.client.messages.list(to=PHONE)
    ground.faults()
    ground.send()
    assert len(ground.messages()) == 1


def test_a_phone_that_opted_out_is_refused_and_others_are_not(ground: Ground) -> None:
    ground.faults(opted_out=[PHONE])
    with pytest.raises(TwilioRestException) as refused:
        ground.send()
    assert (refused.value.status, refused.value.code) == (400, 21610)
    ground.send(to=OTHER)
