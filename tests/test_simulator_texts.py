"""A phone texts the line: signed webhooks, retries, pictures, opt-out."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from twilio.rest import Client

from simulator.app import create_app
from simulator.config import Config
from simulator.listening import Listener
from simulator.serving import running
from tests.patience import PATIENCE
from tests.ports import free_port

SID, TOKEN = "AC" + "0" * 32, "made-up-token"
LINE, PHONE = "+46701740605", "+46701740611"


@dataclass
class Ground:
    base: str
    listener: Listener
    http: httpx.Client = field(default_factory=httpx.Client)

    def text(self, body: str = "Hej", **more: Any) -> dict[str, Any]:
        told = {"from": PHONE, "to": LINE, "body": body, "wait": True} | more
        answer = self.http.post(f"{self.base}/control/text", json=told, timeout=PATIENCE)
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    def listed(self) -> list[dict[str, Any]]:
        path = f"{self.base}/2010-04-01/Accounts/{SID}/Messages.json"
        answer = self.http.get(path, params={"To": LINE}, auth=(SID, TOKEN))
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    def rest(self) -> None:
        """Wait until nothing is under way, then forget everything."""
        until = time.monotonic() + PATIENCE
        while self.http.get(f"{self.base}/control/stats").json()["pending"]:
            assert time.monotonic() < until
            time.sleep(0.01)
        self.http.post(f"{self.base}/control/reset").raise_for_status()
        self.listener.heard.clear()
        self.listener.statuses.clear()


def ground_with(override: str = "", **more: Any) -> Iterator[Ground]:
    listener = Listener(TOKEN)
    with running(listener.app()) as line:
        webhook = f"{line}/webhooks/twilio/message{override}"
        given: dict[str, Any] = {"sent_after": 0.02, "delivered_after": 0.05, "retry_pause": 0.01}
        config = Config(SID, TOKEN, webhook, (LINE,), **given | more)
        with running(create_app(config)) as base:
            ground = Ground(base, listener)
            yield ground
            ground.http.close()


@pytest.fixture(scope="module")
def plain_servers() -> Iterator[Ground]:
    yield from ground_with()


@pytest.fixture(scope="module")
def stubborn_servers() -> Iterator[Ground]:
    yield from ground_with("#rc=5&rp=ct,rt,5xx")


@pytest.fixture
def ground(plain_servers: Ground) -> Iterator[Ground]:
    yield plain_servers
    plain_servers.rest()


@pytest.fixture
def stubborn(stubborn_servers: Ground) -> Iterator[Ground]:
    """With the override that the line prints."""
    yield stubborn_servers
    stubborn_servers.rest()


def test_a_text_arrives_signed_with_twilios_fields(ground: Ground) -> None:
    told = ground.text("Hej, är det någon där? 🙂")
    (heard,) = ground.listener.heard
    assert told["webhook"]["status"] == 200
    assert heard.signed and heard.path == "/webhooks/twilio/message"
    form = heard.form
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == told["sid"]
    assert (form["From"], form["To"]) == (PHONE, LINE)
    assert form["Body"] == "Hej, är det någon där? 🙂"
    assert (form["NumMedia"], form["NumSegments"]) == ("0", "1")
    assert (form["FromCountry"], form["ToCountry"], form["AccountSid"]) == ("SE", "SE", SID)
    assert "OptOutType" not in form


def test_the_fragment_is_neither_signed_nor_sent(stubborn: Ground) -> None:
    stubborn.text()
    (heard,) = stubborn.listener.heard
    assert heard.signed and "rc=" not in heard.path


def test_a_picture_can_be_fetched_by_whoever_has_the_credentials(ground: Ground) -> None:
    ground.text("", media=[{"content_type": "image/png", "size": 1234}])
    form = ground.listener.heard[0].form
    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", "image/png")
    assert form["MessageSid"].startswith("MM")
    assert ground.http.get(form["MediaUrl0"]).status_code == 401
    led = ground.http.get(form["MediaUrl0"], auth=(SID, TOKEN))
    assert led.status_code == 307
    fetched = ground.http.get(led.headers["location"])
    assert (len(fetched.content), fetched.headers["content-type"]) == (1234, "image/png")


def test_a_text_is_listed_as_received_whatever_the_line_answered(ground: Ground) -> None:
    ground.listener.statuses = [500]
    told = ground.text()
    assert (told["webhook"]["status"], told["webhook"]["attempts"]) == (500, 1)
    (listed,) = ground.listed()
    assert (listed["sid"], listed["status"]) == (told["sid"], "received")
    assert (listed["direction"], listed["from"]) == ("inbound", PHONE)
    assert listed["date_sent"] is not None


def test_twilios_own_client_reads_what_came_in(ground: Ground) -> None:
    sids = [ground.text(str(number))["sid"] for number in range(3)]
    client = Client(SID, TOKEN)
    client.api.base_url = ground.base
    listed = client.messages.list(to=LINE)
    client.http_client.session.close()
    assert [m.sid for m in listed] == sids[::-1]
    assert {m.direction for m in listed} == {"inbound"}


def test_the_override_retries_a_5xx_with_one_idempotency_token(stubborn: Ground) -> None:
    stubborn.listener.statuses = [500, 503, 502]
    told = stubborn.text()
    assert (told["webhook"]["status"], told["webhook"]["attempts"]) == (200, 4)
    heard = stubborn.listener.heard
    assert len({one.form["MessageSid"] for one in heard}) == 1
    assert len({one.headers["i-twilio-idempotency-token"] for one in heard}) == 1


def test_the_override_gives_up_after_its_retries(stubborn: Ground) -> None:
    stubborn.listener.statuses = [500] * 9
    told = stubborn.text()
    assert (told["webhook"]["status"], told["webhook"]["attempts"]) == (500, 6)
    time.sleep(0.1)
    assert len(stubborn.listener.heard) == 6


def test_a_refusal_is_not_retried(stubborn: Ground) -> None:
    stubborn.listener.statuses = [403]
    told = stubborn.text()
    assert (told["webhook"]["status"], told["webhook"]["attempts"]) == (403, 1)


def test_a_connection_cut_without_an_answer_is_retried_only_by_the_override(
    stubborn: Ground,
) -> None:
    stubborn.listener.statuses = [0]
    assert stubborn.text()["webhook"]["attempts"] == 2
    assert len(stubborn.listener.heard) == 2


@pytest.mark.parametrize(("override", "attempts"), [("", 2), ("#rc=3&rp=ct", 4), ("#rc=0", 1)])
def test_a_line_that_is_down_is_tried_as_told_and_the_text_stays_listed(
    override: str, attempts: int
) -> None:
    port = free_port()
    config = Config(SID, TOKEN, f"http://127.0.0.1:{port}/in{override}", (LINE,), retry_pause=0.01)
    with running(create_app(config)) as base:
        ground = Ground(base, Listener(TOKEN))
        webhook = ground.text()["webhook"]
        assert (webhook["status"], webhook["failure"]) == (None, "ct")
        assert webhook["attempts"] == attempts
        assert len(ground.listed()) == 1
        ground.http.close()


def test_a_line_that_does_not_answer_in_time_is_given_up() -> None:
    for ground in ground_with("#rt=100&tt=300&rc=5&rp=rt"):
        ground.listener.delay = 2
        webhook = ground.text()["webhook"]
        assert (webhook["status"], webhook["failure"]) == (None, "rt")
        assert webhook["attempts"] <= 3  # of six: a tenth of a second each, three of them in all


def test_the_address_that_is_signed_may_differ_from_where_the_line_is() -> None:
    listener = Listener(TOKEN, public="https://line.example")
    with running(listener.app()) as line:
        config = Config(SID, TOKEN, "https://line.example/in?a=b#rc=1", (LINE,), through=line)
        with running(create_app(config)) as base:
            ground = Ground(base, listener)
            assert ground.text()["webhook"]["status"] == 200
            ground.http.close()
    assert listener.heard[0].signed and listener.heard[0].path == "/in?a=b"


def test_the_same_text_can_come_several_times_at_once(ground: Ground) -> None:
    told = ground.text(repeat=5)
    assert [one["status"] for one in told["webhooks"]] == [200] * 5
    assert {one.form["MessageSid"] for one in ground.listener.heard} == {told["sid"]}
    assert len(ground.listener.heard) == 5
    assert len(ground.listed()) == 1


def test_a_text_that_was_never_posted_is_only_in_the_list(ground: Ground) -> None:
    told = ground.text(repeat=0)
    assert told["webhook"] is None
    assert ground.listener.heard == []
    assert [one["sid"] for one in ground.listed()] == [told["sid"]]


def test_fields_can_be_added_and_are_signed(ground: Ground) -> None:
    ground.text(fields={"Novelty": "yes", "From": "Kommunen"})
    (heard,) = ground.listener.heard
    assert heard.signed and heard.form["Novelty"] == "yes" and heard.form["From"] == "Kommunen"


def test_advanced_opt_out_names_the_word_answers_itself_and_blocks_until_start(
    ground: Ground,
) -> None:
    ground.http.put(f"{ground.base}/control/faults", json={"opt_out_mode": "advanced"})
    ground.text("Stop")
    assert ground.listener.heard[0].form["OptOutType"] == "STOP"
    path = f"{ground.base}/2010-04-01/Accounts/{SID}/Messages.json"
    form = {"To": PHONE, "From": LINE, "Body": "Hej"}
    refused = ground.http.post(path, data=form, auth=(SID, TOKEN))
    assert refused.json()["code"] == 21610
    ground.text("stop please")
    assert "OptOutType" not in ground.listener.heard[1].form
    ground.text("START")
    assert ground.listener.heard[2].form["OptOutType"] == "START"
    assert ground.http.post(path, data=form, auth=(SID, TOKEN)).status_code == 201
    answer = ground.http.get(f"{ground.base}/control/messages", params={"phone": PHONE})
    replies = [m for m in answer.json()["messages"] if m["direction"] == "outbound-reply"]
    assert len(replies) == 2


def test_default_opt_out_blocks_without_naming_the_word(ground: Ground) -> None:
    ground.http.put(f"{ground.base}/control/faults", json={"opt_out_mode": "default"})
    ground.text("STOP")
    assert "OptOutType" not in ground.listener.heard[0].form
    faults = ground.http.get(f"{ground.base}/control/faults").json()
    assert faults["opted_out"] == [PHONE]


def test_an_opt_out_type_can_be_given(ground: Ground) -> None:
    ground.text("sluta", opt_out_type="STOP")
    assert ground.listener.heard[0].form["OptOutType"] == "STOP"


@pytest.mark.parametrize(
    "told", [{}, {"from": PHONE}, {"from": 1, "body": ""}, {"from": PHONE, "body": "", "media": 3}]
)
def test_a_text_that_makes_no_sense_is_refused(ground: Ground, told: dict[str, Any]) -> None:
    answer = ground.http.post(f"{ground.base}/control/text", json=told)
    assert answer.status_code == 400 and answer.json()["error"]


def test_messages_are_listed_in_the_order_in_which_they_were_accepted(ground: Ground) -> None:
    sids = [ground.text(str(number))["sid"] for number in range(20)]
    path = f"{ground.base}/control/messages"
    listed = ground.http.get(path, params={"phone": PHONE}).json()["messages"]
    assert [m["sid"] for m in listed] == sids
    seqs = [m["seq"] for m in listed]
    assert seqs == sorted(set(seqs))
    later = ground.http.get(path, params={"after": seqs[16], "direction": "inbound"}).json()
    assert [m["seq"] for m in later["messages"]] == seqs[17:]
    assert later["last_seq"] == seqs[-1]


def test_reset_forgets_messages_and_faults_and_counts(ground: Ground) -> None:
    ground.text()
    ground.http.put(f"{ground.base}/control/faults", json={"down": True, "opted_out": [PHONE]})
    ground.http.post(f"{ground.base}/control/reset").raise_for_status()
    assert ground.listed() == []
    stats = ground.http.get(f"{ground.base}/control/stats").json()
    assert (stats["messages"], stats["pending"], stats.get("inbound", 0)) == (0, 0, 0)
    faults = ground.http.get(f"{ground.base}/control/faults").json()
    assert faults == {"opted_out": [], "opt_out_mode": "off"}


def test_the_control_api_is_closed_to_other_hosts_and_to_forms(ground: Ground) -> None:
    foreign = {"Host": "evil.example"}
    for path in ("/control/stats", "/"):
        assert ground.http.get(f"{ground.base}{path}", headers=foreign).status_code == 403
    body = json.dumps({"from": PHONE, "body": "Hej"})
    answer = ground.http.post(f"{ground.base}/control/text", content=body)
    assert answer.status_code == 400
    assert ground.http.put(f"{ground.base}/control/faults", json={"x": 1}).status_code == 400
    assert ground.listed() == []
