"""WhatsApp at the fake Twilio, spoken to by Twilio's own client."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator.address import from_query
from simulator.app import create_app
from simulator.config import Config
from simulator.listening import Heard, Listener
from simulator.serving import running
from tests.patience import PATIENCE

SID, TOKEN = "AC" + "0" * 32, "made-up-token"
NUMBER, PHONE_NUMBER = "+46701740605", "+46701740611"
LINE, PHONE = f"whatsapp:{NUMBER}", f"whatsapp:{PHONE_NUMBER}"
TEMPLATE = "HX" + "a" * 32


@dataclass
class Ground:
    base: str
    line: str
    listener: Listener
    client: Client

    def control(self, path: str, told: dict[str, Any], method: str = "POST") -> Any:
        answer = httpx.request(method, f"{self.base}/control/{path}", json=told, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json()

    def text(self, body: str = "Hej", **more: Any) -> Any:
        return self.control("text", {"from": PHONE, "body": body, "wait": True} | more)

    def send(self, **more: Any) -> Any:
        told = {"to": PHONE, "from_": LINE, "body": "Hej"} | more
        return self.client.messages.create(status_callback=f"{self.line}/status", **told)

    def statuses(self, sid: str, count: int) -> list[Heard]:
        """The status callbacks of one message, once there are so many."""
        until = time.monotonic() + PATIENCE
        while True:
            heard = [h for h in self.listener.heard if h.path == "/status"]
            mine = [h for h in heard if h.form["MessageSid"] == sid]
            if len(mine) >= count:
                return sorted(mine, key=lambda h: h.form["MessageStatus"] != "sent")
            assert time.monotonic() < until, mine
            time.sleep(0.01)

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
        config = Config(SID, TOKEN, f"{line}/message", (NUMBER,), sent_after=0, delivered_after=0.1)
        with running(create_app(config)) as base:
            client = Client(SID, TOKEN)
            client.api.base_url = base
            yield Ground(base, line, listener, client)
            client.http_client.session.close()


@pytest.fixture
def ground(servers: Ground) -> Iterator[Ground]:
    yield servers
    servers.rest()


def test_a_whatsapp_text_arrives_signed_with_its_own_fields(ground: Ground) -> None:
    told = ground.text("Hej 🙂")
    (heard,) = ground.listener.heard
    assert heard.signed and heard.path == "/message"
    form = heard.form
    assert (form["From"], form["To"]) == (PHONE, LINE)
    assert form["MessageSid"] == form["SmsMessageSid"] == told["sid"]
    assert form["WaId"] == PHONE_NUMBER.lstrip("+")
    assert form["ProfileName"] and form["MessageType"] == "text"
    assert (form["NumMedia"], form["NumSegments"], form["Body"]) == ("0", "1", "Hej 🙂")
    context = json.loads(form["ChannelMetadata"])["data"]["context"]
    assert context["ProfileName"] == form["ProfileName"]
    assert not {"FromCountry", "ToCountry", "FromCity"} & set(form)


def test_a_whatsapp_picture_says_what_it_is(ground: Ground) -> None:
    ground.text("", media=True)
    form = ground.listener.heard[0].form
    assert (form["MessageType"], form["MediaContentType0"]) == ("image", "image/jpeg")
    assert form["MediaUrl0"].startswith(f"{ground.base}/2010-04-01/Accounts/{SID}/Messages/MM")


def test_an_sms_has_none_of_whatsapps_fields(ground: Ground) -> None:
    ground.control("text", {"from": PHONE_NUMBER, "body": "Hej", "wait": True})
    form = ground.listener.heard[0].form
    assert not {"WaId", "ProfileName", "MessageType", "ChannelMetadata"} & set(form)
    assert form["FromCountry"] == "SE"


def test_a_text_from_whatsapp_to_an_sms_number_is_refused(ground: Ground) -> None:
    told = {"from": PHONE, "to": NUMBER, "body": "Hej"}
    assert httpx.post(f"{ground.base}/control/text", json=told).status_code == 400


@pytest.mark.parametrize(("sender", "to"), [(LINE, PHONE_NUMBER), (NUMBER, PHONE)])
def test_both_ends_are_whatsapp_or_neither_is(ground: Ground, sender: str, to: str) -> None:
    ground.text()
    with pytest.raises(TwilioRestException) as refused:
        ground.send(from_=sender, to=to)
    assert (refused.value.code, refused.value.status) == (21910, 400)


def test_a_whatsapp_sender_that_is_no_line_is_refused(ground: Ground) -> None:
    with pytest.raises(TwilioRestException) as refused:
        ground.send(from_="whatsapp:+46701740699")
    assert refused.value.code == 63007


def test_within_the_window_the_lines_own_words_are_delivered_and_read(ground: Ground) -> None:
    ground.text()
    sent = ground.send()
    assert (sent.to, sent.from_, sent.status, sent.num_segments) == (PHONE, LINE, "queued", "1")
    delivered = ground.statuses(sent.sid, 2)[-1]
    assert delivered.signed and delivered.form["MessageStatus"] == "delivered"
    assert delivered.form["ChannelPrefix"] == "whatsapp"
    assert delivered.form["ChannelToAddress"] == PHONE_NUMBER
    assert ground.control("read", {"phone": PHONE_NUMBER}) == {"read": [sent.sid]}
    assert ground.control("read", {"phone": PHONE_NUMBER}) == {"read": []}
    read = ground.statuses(sent.sid, 3)[-1]
    assert (read.form["MessageStatus"], read.form["EventType"]) == ("read", "READ")
    assert sent.fetch().status == "read"


def test_a_read_message_can_be_redacted_and_deleted(ground: Ground) -> None:
    ground.text()
    sent = ground.send()
    ground.statuses(sent.sid, 2)
    ground.control("read", {"phone": PHONE_NUMBER})
    assert sent.update(body="").body == ""
    assert sent.delete()


def test_without_a_text_from_the_phone_the_lines_own_words_fail(ground: Ground) -> None:
    sent = ground.send()
    assert sent.status == "queued"
    form = ground.statuses(sent.sid, 2)[-1].form
    assert (form["MessageStatus"], form["ErrorCode"]) == ("undelivered", "63016")
    assert "window" in form["ErrorMessage"]
    fetched = sent.fetch()
    assert (fetched.status, fetched.error_code) == ("undelivered", 63016)


@pytest.mark.parametrize(("hours", "status"), [(23.9, "delivered"), (24, "undelivered")])
def test_the_window_closes_24_hours_after_the_phones_last_text(
    ground: Ground, hours: float, status: str
) -> None:
    ground.text()
    told = ground.control("window", {"phone": PHONE_NUMBER, "hours_ago": hours})
    assert told == {"open": status == "delivered"}
    sent = ground.send()
    assert ground.statuses(sent.sid, 2)[-1].form["MessageStatus"] == status


def test_a_new_text_opens_the_window_again_and_an_sms_does_not(ground: Ground) -> None:
    ground.text()
    ground.control("window", {"phone": PHONE, "hours_ago": 30})
    ground.control("text", {"from": PHONE_NUMBER, "body": "Hej", "wait": True})
    closed = ground.send()
    assert ground.statuses(closed.sid, 2)[-1].form["ErrorCode"] == "63016"
    ground.text("Hej igen")
    opened = ground.send()
    assert ground.statuses(opened.sid, 2)[-1].form["MessageStatus"] == "delivered"


def test_a_phone_that_never_wrote_is_made_so_by_null(ground: Ground) -> None:
    ground.text()
    assert ground.control("window", {"phone": PHONE, "hours_ago": None}) == {"open": False}


def test_a_template_may_leave_at_any_time(ground: Ground) -> None:
    ground.control("templates", {TEMPLATE: "Hej {{1}}, vi finns kvar."}, "PUT")
    sent = ground.client.messages.create(
        to=PHONE,
        from_=LINE,
        content_sid=TEMPLATE,
        content_variables=json.dumps({"1": "du"}),
        status_callback=f"{ground.line}/status",
    )
    assert sent.body == "Hej du, vi finns kvar."
    assert ground.statuses(sent.sid, 2)[-1].form["MessageStatus"] == "delivered"
    (shown,) = httpx.get(f"{ground.base}/control/messages", params={"phone": PHONE}).json()[
        "messages"
    ]
    assert (shown["content_sid"], shown["segments"], shown["encoding"]) == (TEMPLATE, 0, "")


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"content_sid": "HX1"}, 21655),
        ({"content_sid": TEMPLATE, "content_variables": "[1]"}, 21656),
        ({"content_sid": TEMPLATE, "content_variables": "{"}, 21656),
        ({}, 21602),
    ],
)
def test_what_is_no_template_is_refused(ground: Ground, told: dict[str, str], code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        ground.client.messages.create(to=PHONE, from_=LINE, **told)
    assert refused.value.code == code


def test_a_phone_without_contact_fails_as_an_sms_does(ground: Ground) -> None:
    ground.text()
    ground.control("faults", {"undelivered": True}, "PUT")
    sent = ground.send()
    assert ground.statuses(sent.sid, 2)[-1].form["ErrorCode"] == "30003"


def test_a_list_of_an_address_has_nothing_of_the_same_numbers_sms(ground: Ground) -> None:
    ground.text("whatsapp")
    ground.control("text", {"from": PHONE_NUMBER, "body": "sms", "wait": True})
    listed = ground.client.messages.list
    assert [m.body for m in listed(from_=PHONE)] == ["whatsapp"]
    assert [m.body for m in listed(to=LINE)] == ["whatsapp"]
    assert [m.body for m in listed(from_=PHONE_NUMBER)] == ["sms"]
    assert [m.body for m in listed(to=NUMBER)] == ["sms"]


def test_a_message_is_read_by_itself_where_the_simulator_is_told_so() -> None:
    listener = Listener(TOKEN)
    with running(listener.app()) as line:
        config = Config(
            *(SID, TOKEN, f"{line}/message", (NUMBER,)),
            sent_after=0,
            delivered_after=0.01,
            read_after=0.02,
        )
        with running(create_app(config)) as base:
            client = Client(SID, TOKEN)
            client.api.base_url = base
            ground = Ground(base, line, listener, client)
            ground.text()
            sent = ground.send()
            statuses = {heard.form["MessageStatus"] for heard in ground.statuses(sent.sid, 3)}
            client.http_client.session.close()
    assert statuses == {"sent", "delivered", "read"}


@pytest.mark.parametrize(
    "wanted",
    [
        ("window", {"phone": PHONE}, {"hours_ago": "soon"}),
        ("window", {"hours_ago": 3}, {}),
        ("window", {"phone": PHONE}, {"hours_ago": -1}),
        ("read", {}, {}),
    ],
)
def test_a_control_that_cannot_be_understood_is_refused(
    ground: Ground, wanted: tuple[str, dict[str, Any], dict[str, Any]]
) -> None:
    path, told, more = wanted
    answer = httpx.post(f"{ground.base}/control/{path}", json=told | more)
    assert answer.status_code == 400 and answer.json()["error"]


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("+46701740611", PHONE_NUMBER),
        (" 46701740611", PHONE_NUMBER),
        ("46701740611", PHONE_NUMBER),
        ("whatsapp: 46701740611", PHONE),
        ("whatsapp:+46701740611", PHONE),
        ("", ""),
        ("whatsapp:", ""),
    ],
)
def test_an_address_in_a_query_is_read_though_its_plus_became_a_space(told: str, read: str) -> None:
    assert from_query(told) == read
