"""What the fake Twilio has not yet brought to its telephone stays as it was sent."""

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator.app import create_app
from simulator.config import Config
from simulator.serving import running

SID, TOKEN = "AC" + "0" * 32, "made-up-token"
LINE, PHONE = "+46701740605", "+46701740611"


def test_a_message_on_its_way_is_neither_redacted_nor_deleted() -> None:
    config = Config(SID, TOKEN, "http://127.0.0.1:9/in", (LINE,), sent_after=600)
    with running(create_app(config)) as base:
        client = Client(SID, TOKEN)
        client.api.base_url = base
        sent = client.messages.create(to=PHONE, from_=LINE, body="Hej")
        for deed in (lambda: sent.update(body=""), sent.delete):
            with pytest.raises(TwilioRestException) as early:
                deed()
            assert (early.value.status, early.value.code) == (409, 20009)
        assert sent.fetch().body == "Hej"
        client.http_client.session.close()
