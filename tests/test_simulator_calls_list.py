"""The fake Twilio lists calls like Twilio: by number, time and status, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse

from simulator.app import create_app
from simulator.calls import Call
from simulator.config import Config
from simulator.listening import Listener
from simulator.provider import Provider
from simulator.serving import running
from tests.patience import PATIENCE

SID, TOKEN = "AC" + "0" * 32, "made-up-token"
LINE, OTHER_LINE, PHONE, OTHER = "+46701740605", "+46701740606", "+46701740611", "+46701740612"


@dataclass
class Ground:
    base: str
    listener: Listener
    client: Client
    provider: Provider

    def call(self, sender: str = PHONE, to: str = LINE) -> str:
        told = {"from": sender, "to": to, "wait": True}
        answer = httpx.post(f"{self.base}/control/call", json=told, timeout=PATIENCE)
        answer.raise_for_status()
        sid: str = answer.json()["call_sid"]
        return sid

    def kept(self, ago: timedelta, **more: Any) -> str:
        """A call of an earlier day."""
        began = datetime.now(UTC) - ago
        call = Call(f"CA{token_hex(16)}", PHONE, LINE, began, "completed", ended=began, **more)
        return self.provider.calls.keep(call).sid

    def listed(self, **wanted: Any) -> list[str | None]:
        return [call.sid for call in self.client.calls.list(**wanted)]


@pytest.fixture(scope="module")
def servers() -> Iterator[Ground]:
    listener = Listener(TOKEN)
    with running(listener.app()) as line:
        config = Config(SID, TOKEN, f"{line}/twilio/message#rc=0", (LINE, OTHER_LINE))
        app = create_app(config)
        with running(app) as base:
            client = Client(SID, TOKEN)
            client.api.base_url = base
            yield Ground(base, listener, client, app.state.provider)
            client.http_client.session.close()


@pytest.fixture
def ground(servers: Ground) -> Iterator[Ground]:
    answer = VoiceResponse()
    answer.say("Hej")
    servers.listener.document = str(answer)
    yield servers
    httpx.post(f"{servers.base}/control/reset").raise_for_status()
    servers.listener.statuses.clear()


def test_a_call_is_on_the_list_with_twilios_whole_resource(ground: Ground) -> None:
    sid = ground.call()
    (call,) = ground.client.calls.list()
    assert (call.sid, call.status, call.direction) == (sid, "completed", "inbound")
    assert (call.to, call._from, call.account_sid) == (LINE, PHONE, SID)
    assert call.uri == f"/2010-04-01/Accounts/{SID}/Calls/{sid}.json"
    assert call.start_time is not None and call.end_time is not None
    assert abs(call.start_time - datetime.now(UTC)) < timedelta(seconds=60)
    assert (call.duration or "").isdecimal()
    assert ground.client.calls(sid).fetch().status == "completed"


def test_a_call_that_no_line_answered_is_on_the_list_too(ground: Ground) -> None:
    ground.listener.statuses = [503]
    failed = ground.call()
    answered = ground.call("anonymous")
    assert ground.listed() == [answered, failed]
    assert ground.listed(status="failed") == [failed]
    assert ground.listed(from_="anonymous") == [answered]


def test_the_list_goes_by_number_and_leads_through_every_page_newest_first(
    ground: Ground,
) -> None:
    sids = [ground.call() for _ in range(5)]
    ground.call(to=OTHER_LINE)
    assert ground.listed(to=LINE, page_size=2) == sids[::-1]
    assert ground.listed(to=LINE, from_=OTHER) == []
    assert ground.listed(to=LINE, page_size=2, limit=3) == sids[:1:-1]


def test_a_page_stays_whole_while_somebody_calls(ground: Ground) -> None:
    sids = [ground.call() for _ in range(4)]
    page = ground.client.calls.page(page_size=2)
    ground.call()
    following = page.next_page()
    assert following is not None
    assert [call.sid for call in following] == [sids[1], sids[0]]
    assert following.next_page() is None


def test_the_list_goes_by_when_a_call_began(ground: Ground) -> None:
    old = ground.kept(timedelta(days=3))
    lately = ground.kept(timedelta(minutes=5))
    since = datetime.now(UTC) - timedelta(hours=1)
    assert ground.listed(start_time_after=since) == [lately]
    assert ground.listed(start_time_before=since) == [old]
    assert ground.listed(start_time_after=since - timedelta(days=4)) == [lately, old]
    with pytest.raises(TwilioException):
        ground.client.calls.list(start_time_after="yesterday")


def test_what_the_account_dialled_itself_is_told_apart(ground: Ground) -> None:
    ground.kept(timedelta(), direction="outbound-api")
    assert [call.direction for call in ground.client.calls.list()] == ["outbound-api"]


def test_a_call_of_nobody_is_not_found_and_a_stranger_is_told_nothing(ground: Ground) -> None:
    with pytest.raises(TwilioRestException) as refused:
        ground.client.calls("CA" + "0" * 32).fetch()
    assert refused.value.status == 404
    path = f"{ground.base}/2010-04-01/Accounts/{SID}/Calls.json"
    assert httpx.get(path).status_code == 401
    assert httpx.get(path, auth=(SID, TOKEN), params={"PageToken": "PACA1"}).json()["calls"] == []
