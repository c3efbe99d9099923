"""Media at the fake Twilio: who may fetch it, what is in it, and what goes wrong."""

import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image
from twilio.rest import Client

from simulator.app import create_app
from simulator.config import Config
from simulator.listening import Listener
from simulator.picture import CAMERA, COMMENT, PLACE
from simulator.serving import running
from tests.patience import PATIENCE

SID, TOKEN = "AC" + "0" * 32, "made-up-token"
LINE, PHONE = "+46701740605", "+46701740611"
GPS, MODEL = 0x8825, 0x0110


@dataclass
class Ground:
    base: str
    listener: Listener
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=PATIENCE))

    def sent(self, *media: Any, sender: str = PHONE) -> list[str]:
        """The addresses of what a phone sends."""
        before = len(self.listener.heard)
        told = {"from": sender, "body": "", "wait": True, "media": list(media) or True}
        self.http.post(f"{self.base}/control/text", json=told).raise_for_status()
        form = self.listener.heard[before].form
        return [form[f"MediaUrl{place}"] for place in range(int(form["NumMedia"]))]

    def led(self, address: str) -> str:
        answer = self.http.get(address, auth=(SID, TOKEN))
        assert answer.status_code == 307, answer.text
        return answer.headers["location"]

    def fetched(self, address: str) -> httpx.Response:
        return self.http.get(self.led(address))

    def faults(self, **wanted: Any) -> None:
        told = {kind.replace("_", "-"): value for kind, value in wanted.items()}
        self.http.put(f"{self.base}/control/faults", json=told).raise_for_status()

    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = self.http.get(f"{self.base}/control/stats").json()
        return counts


def _ground(**more: Any) -> Iterator[Ground]:
    listener = Listener(TOKEN)
    with running(listener.app()) as line:
        config = Config(SID, TOKEN, f"{line}/message", (LINE,), **more)
        with running(create_app(config)) as base:
            ground = Ground(base, listener)
            yield ground
            ground.http.close()


@pytest.fixture(scope="module")
def servers() -> Iterator[Ground]:
    yield from _ground()


@pytest.fixture
def ground(servers: Ground) -> Iterator[Ground]:
    yield servers
    servers.http.post(f"{servers.base}/control/reset").raise_for_status()
    servers.listener.heard.clear()


@pytest.fixture
def hasty() -> Iterator[Ground]:
    """Whose redirected addresses hold for no time at all."""
    yield from _ground(media_life=0)


@pytest.fixture
def client(ground: Ground) -> Iterator[Client]:
    made = Client(SID, TOKEN)
    made.api.base_url = ground.base
    yield made
    made.http_client.session.close()


def test_a_picture_is_led_to_only_with_credentials(ground: Ground) -> None:
    (address,) = ground.sent()
    assert ground.http.get(address).status_code == 401
    assert ground.http.get(address, auth=(SID, "wrong")).status_code == 401
    assert ground.http.delete(address).status_code == 401
    led = ground.led(address)
    assert led.startswith(f"{ground.base}/media/") and TOKEN not in led
    fetched = ground.http.get(led)
    assert (fetched.status_code, fetched.headers["content-type"]) == (200, "image/jpeg")
    assert ground.counts()["media_fetched"] == 1


def test_an_address_of_the_cdn_cannot_be_made_up_or_used_for_another(ground: Ground) -> None:
    first, second = ground.sent({}, {})
    led = ground.led(first)
    other = led.replace(first.rsplit("/", 1)[1], second.rsplit("/", 1)[1])
    assert other != led
    for wrong in (
        other,
        led[:-1] + "x",
        led.partition("?")[0],
        led.replace("Expires=", "Expires=9"),
    ):
        assert ground.http.get(wrong).status_code == 403
    assert ground.http.get(led).status_code == 200


def test_an_address_of_the_cdn_soon_holds_no_more(hasty: Ground) -> None:
    (address,) = hasty.sent()
    led = hasty.led(address)
    time.sleep(0.01)
    assert hasty.http.get(led).status_code == 403


def test_the_usual_picture_tells_where_and_with_what_it_was_taken(ground: Ground) -> None:
    content = ground.fetched(ground.sent()[0]).content
    picture = Image.open(BytesIO(content))
    picture.load()
    exif = picture.getexif()
    assert (picture.format, exif[MODEL]) == ("JPEG", CAMERA)
    assert exif.get_ifd(GPS) == {1: "N", 2: PLACE[0], 3: "E", 4: PLACE[1]}
    assert COMMENT.encode() in content and len(content) < 20_000


def test_a_png_has_its_metadata_too(ground: Ground) -> None:
    fetched = ground.fetched(ground.sent({"content_type": "image/png"})[0])
    picture = Image.open(BytesIO(fetched.content))
    picture.load()
    assert (picture.format, picture.info["Comment"]) == ("PNG", COMMENT)
    assert picture.getexif().get_ifd(GPS)[1] == "N"


def test_a_phone_sends_the_bytes_it_is_told_to(ground: Ground) -> None:
    content = b"\x00\x01%PDF-1.7 not really"
    told = {"content_type": "application/pdf", "content": b64encode(content).decode()}
    fetched = ground.fetched(ground.sent(told)[0])
    assert fetched.content == content
    assert fetched.headers["content-type"] == "application/pdf"


@pytest.mark.parametrize("size", [0, 100, 300_000])
def test_a_made_up_file_is_as_large_as_it_is_told(ground: Ground, size: int) -> None:
    for kind in ("image/jpeg", "audio/ogg"):
        fetched = ground.fetched(ground.sent({"content_type": kind, "size": size})[0])
        assert len(fetched.content) == size


def test_a_picture_made_larger_is_still_a_picture(ground: Ground) -> None:
    fetched = ground.fetched(ground.sent({"content_type": "image/jpeg", "size": 300_000})[0])
    Image.open(BytesIO(fetched.content)).load()


@pytest.mark.parametrize(
    "media", [[{"content": "not base64?"}], [{"content": 7}], [7], "x", [{}] * 11]
)
def test_media_that_cannot_be_understood_is_refused(ground: Ground, media: Any) -> None:
    told = {"from": PHONE, "body": "", "media": media}
    assert ground.http.post(f"{ground.base}/control/text", json=told).status_code == 400
    assert ground.counts()["messages"] == 0


def test_twilios_own_client_lists_and_deletes_media(ground: Ground, client: Client) -> None:
    first, second = ground.sent({}, {"content_type": "audio/ogg", "size": 9})
    message_sid = first.split("/")[-3]
    message = client.messages(message_sid)
    listed = message.media.list()
    assert [m.content_type for m in listed] == ["image/jpeg", "audio/ogg"]
    assert [m.sid for m in listed] == [first.rsplit("/", 1)[1], second.rsplit("/", 1)[1]]
    assert message.media(listed[0].sid).fetch().parent_sid == message_sid
    led = ground.led(first)
    assert message.media(listed[0].sid).delete()
    assert [m.sid for m in message.media.list()] == [listed[1].sid]
    assert ground.http.get(first, auth=(SID, TOKEN)).status_code == 404
    assert ground.http.get(led).status_code == 404
    assert ground.counts()["media_deleted"] == 1


def test_media_is_deleted_once_at_its_own_address(ground: Ground) -> None:
    (address,) = ground.sent()
    assert ground.http.delete(address, auth=(SID, TOKEN)).status_code == 204
    assert ground.http.delete(address, auth=(SID, TOKEN)).status_code == 404
    assert ground.counts()["media_deleted"] == 1


def test_a_deleted_message_takes_its_media_along(ground: Ground, client: Client) -> None:
    (address,) = ground.sent()
    led = ground.led(address)
    client.messages(address.split("/")[-3]).delete()
    assert ground.http.get(address, auth=(SID, TOKEN)).status_code == 404
    assert ground.http.get(led).status_code == 404


def test_the_phone_still_shows_that_it_sent_a_picture_that_is_deleted(ground: Ground) -> None:
    (address,) = ground.sent()
    ground.http.delete(address, auth=(SID, TOKEN)).raise_for_status()
    assert "A picture" in ground.http.get(ground.base, headers={"Accept-Language": "en"}).text


def test_a_picture_may_be_missing(ground: Ground) -> None:
    (address,) = ground.sent()
    ground.faults(media_404={"times": 1})
    assert ground.http.get(address, auth=(SID, TOKEN)).status_code == 404
    assert ground.fetched(address).status_code == 200


def test_a_picture_may_be_slow(ground: Ground) -> None:
    (address,) = ground.sent()
    ground.faults(media_slow={"seconds": 30})
    led = ground.led(address)
    with pytest.raises(httpx.ReadTimeout), ground.http.stream("GET", led, timeout=0.5) as answer:
        assert answer.status_code == 200
        answer.read()


def test_a_picture_may_never_end(ground: Ground) -> None:
    (address,) = ground.sent()
    ground.faults(media_endless=True)
    read = 0
    with ground.http.stream("GET", ground.led(address)) as answer:
        assert "content-length" not in answer.headers
        for piece in answer.iter_bytes():
            read += len(piece)
            if read > 30_000_000:
                break
    assert read > 30_000_000
    ground.faults()
    assert len(ground.fetched(address).content) < 20_000


def test_a_picture_may_be_a_web_page(ground: Ground) -> None:
    (address,) = ground.sent()
    ground.faults(media_html=True)
    fetched = ground.fetched(address)
    assert fetched.headers["content-type"] == "image/jpeg"
    assert fetched.content.startswith(b"<!doctype html>") and b"<script>" in fetched.content


def test_a_fault_can_be_one_phones_alone(ground: Ground) -> None:
    ground.faults(media_404={"to": "+46701740612"})
    assert ground.fetched(ground.sent()[0]).status_code == 200
    other = ground.sent(sender="+46701740612")[0]
    assert ground.http.get(other, auth=(SID, TOKEN)).status_code == 404
