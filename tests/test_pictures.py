"""A picture that a contact sent: fetched on a press, shown without what came with it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from io import BytesIO
from uuid import UUID

import httpx
import pytest
from PIL import Image
from sqlalchemy import select

from domain.message import Channel, Media
from handlers.catch_up import catch_up
from handlers.change_line import change_line
from handlers.errors import NothingToShow
from handlers.receive import receive
from handlers.redact import redact
from handlers.release import release
from handlers.seen import Happened, Said
from handlers.show_picture import fetch_picture
from handlers.take import take
from senders import fetching
from senders.twilio import TwilioSender
from senders.twilio_media import TwilioMedia
from simulator import picture
from simulator.app import create_app
from simulator.book import Message
from simulator.config import Config
from simulator.faults import Fault
from simulator.inbound import Text
from simulator.inbound import receive as arrives
from simulator.provider import Provider
from simulator.serving import running
from storage import channel_tables
from tests.browser.scene import Scene, scene_of
from tests.sending import ACCOUNT, NOBODY, TOKEN, TodaysClock, account
from tests.world import LINE, PHONE, World


@dataclass
class Look:
    """A desk, and a provider that keeps what the contact sent."""

    world: World
    provider: Provider
    scene: Scene
    sender: TwilioSender
    messages: list[Message]

    def sends(self, *media: object, phone: str = PHONE) -> Message:
        """The contact's telephone sends files, which the line does not hear of yet."""
        files = media or (picture.picture(),)
        text = Text(sender=phone, to=LINE, body="", base=NOBODY, media=files)  # type: ignore[arg-type] # made by `picture`
        return arrives(self.provider, text)

    async def sent(self, *media: object, phone: str = PHONE, **more: object) -> UUID:
        """As `sends`, and the line takes it in; the message's id in the thread."""
        message = self.sends(*media, phone=phone)
        files = tuple(Media(m.content_type, provider_id=m.sid) for m in message.media)
        heard = self.world.message("", phone, provider_id=message.sid, media=files)
        await receive(self.world.house, [replace(heard, **more)])  # type: ignore[arg-type] # by name
        return await self.last()

    async def last(self) -> UUID:
        said = await self.scene.said()
        return [item.id for item in said if item.media][-1]

    def path(self, message: UUID, place: int = 0) -> str:
        return f"{self.scene.path}/messages/{message}/pictures/{place}"

    async def press(self, message: UUID, place: int = 0) -> httpx.Response:
        return await self.scene.alva.post(self.path(message, place) + "/show")

    async def refused(self, message: UUID, because: str) -> None:
        """A press that shows nothing, in words; nothing is kept of it."""
        answer = await self.press(message)
        assert answer.status_code == 409
        assert because in answer.text
        assert await self.world.count("pictures") == 0
        assert (await self.scene.alva.get(self.path(message))).status_code == 404

    @property
    def fetched(self) -> int:
        return self.provider.counts["media_redirected"]


@pytest.fixture
def clock() -> TodaysClock:
    return TodaysClock()


@pytest.fixture
async def look(world: World) -> AsyncIterator[Look]:
    app = create_app(Config(ACCOUNT, TOKEN, f"{NOBODY}/webhooks/twilio/message", (LINE,)))
    with running(app) as address:
        media, sender = TwilioMedia(account(address)), TwilioSender(account(address))
        world.house = replace(world.house, media=media)
        async with scene_of(world) as scene:
            await scene.taken()
            yield Look(world, app.state.provider, scene, sender, [])
        await media.close()
        await sender.close()


async def test_nothing_is_fetched_before_the_press_and_the_page_warns_first(look: Look) -> None:
    message = await look.sent()
    page = (await look.scene.alva.get(look.scene.path)).text
    assert "It may show violence" in page
    assert f'action="{look.path(message)}/show"' in page
    assert "<img" not in page
    assert look.fetched == 0
    assert (await look.scene.alva.get(look.path(message))).status_code == 404


async def test_pressed_it_is_shown_from_our_own_address_and_can_do_nothing(look: Look) -> None:
    message = await look.sent()
    answer = await look.press(message)
    there = f"{look.scene.path}?picture={message}-0&from={message}#m-{message}"
    assert (answer.status_code, answer.headers["location"]) == (303, there)
    page = (await look.scene.alva.get(there)).text
    assert re.search(rf'<details class="picture" id="p-{message}-0" open>', page)
    assert f'<img src="{look.path(message)}"' in page
    assert (
        " open>"
        not in (await look.scene.alva.get(look.scene.path)).text.split('class="picture"')[1][:60]
    )
    shown = await look.scene.alva.get(look.path(message))
    assert shown.status_code == 200
    headers = shown.headers
    assert headers["content-type"] == "image/jpeg"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == 'inline; filename="picture.jpg"'
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"


async def test_where_and_when_it_was_taken_is_neither_shown_nor_kept(look: Look) -> None:
    message = await look.sent()
    await look.press(message)
    shown = (await look.scene.alva.get(look.path(message))).content
    assert not dict(Image.open(BytesIO(shown)).getexif())
    for trace in (picture.CAMERA.encode(), picture.COMMENT.encode(), b"Exif"):
        assert trace not in shown
    async with look.world.house.db.read() as tx:
        (row,) = (await tx.conn.execute(select(channel_tables.pictures))).all()
    assert shown not in row.content_sealed
    assert shown[:20] not in row.content_sealed
    assert row.fetched_by == look.world.counsellor.id


async def test_the_thread_says_who_looked_at_it_and_its_size_is_known(look: Look) -> None:
    message = await look.sent()
    for _ in range(2):
        await look.press(message)
        await look.scene.alva.get(look.path(message))
    assert look.fetched == 1
    thread = (await look.world.see(look.scene.talk)).thread
    looked = [i for i in thread if isinstance(i, Happened) and i.kind == "picture_shown"]
    assert [i.by for i in looked] == ["Alva"]
    said = next(i for i in thread if isinstance(i, Said) and i.id == message)
    assert (said.media[0].size, set(said.fetched)) == (len(picture.jpeg()), {0})
    await release(look.world.house, look.world.counsellor, look.scene.talk)
    await take(look.world.house, look.scene.elis_member, look.scene.talk)
    assert (await look.scene.elis.get(look.path(message))).status_code == 200
    thread = (await look.world.see(look.scene.talk)).thread
    looked = [i for i in thread if isinstance(i, Happened) and i.kind == "picture_shown"]
    assert [i.by for i in looked] == ["Alva", "Elis"]


async def test_nobody_but_its_counsellor_fetches_or_sees_it(look: Look) -> None:
    message = await look.sent()
    scene, show = look.scene, look.path(message) + "/show"
    assert (await scene.elis.post(show)).status_code == 409
    assert (await scene.admin.post(show)).status_code == 403
    assert (await scene.stranger.post(show)).headers["location"] == "/login"
    assert (await scene.alva.post(show, csrf="0" * 64)).status_code == 403
    assert look.fetched == 0
    await look.press(message)
    assert (await scene.elis.get(look.path(message))).status_code == 409
    assert (await scene.admin.get(look.path(message))).status_code == 403
    assert (await scene.stranger.get(look.path(message))).headers["location"] == "/login"
    await scene.elis.post(f"{scene.path}/why", why="colleague")
    page = (await scene.elis.get(scene.path)).text
    assert "<img" not in page
    assert "Whoever has the conversation can look at it" in page


async def test_a_picture_of_another_conversation_is_not_to_be_had_by_ones_own(look: Look) -> None:
    await look.sent()
    other = look.sends(phone="+46701740611")
    files = (Media("image/png", provider_id=other.media[0].sid),)
    heard = look.world.message("", "+46701740611", provider_id=other.sid, media=files)
    await receive(look.world.house, [heard])
    (row,) = (await look.world.queue()).waiting
    theirs = next(i for i in (await look.world.see(row.id)).thread if isinstance(i, Said)).id
    assert (await look.press(theirs)).status_code == 404
    assert look.fetched == 0


@pytest.mark.parametrize("place", ["1", "9", "10", "-1", "x", "0x0", "%C2%B2"])
async def test_there_is_no_other_place_than_those_of_the_message(look: Look, place: str) -> None:
    message = await look.sent()
    path = f"{look.scene.path}/messages/{message}/pictures/{place}"
    assert (await look.scene.alva.post(f"{path}/show")).status_code == 404
    assert (await look.scene.alva.get(path)).status_code == 404


async def test_each_of_several_is_fetched_by_itself(look: Look) -> None:
    message = await look.sent(picture.picture(), picture.picture("image/png"))
    await look.press(message, 1)
    assert (await look.scene.alva.get(look.path(message, 1))).status_code == 200
    assert (await look.scene.alva.get(look.path(message, 0))).status_code == 404


async def test_a_line_that_refuses_media_fetches_none_and_says_so(look: Look) -> None:
    message = await look.sent()
    await change_line(look.world.house, LINE, media_refused=True)
    page = (await look.scene.alva.get(look.scene.path)).text
    assert "This line is set up not to fetch pictures" in page
    assert '/show"' not in page
    await look.refused(message, "This line is set up not to fetch pictures")
    assert look.fetched == 0


@pytest.mark.parametrize(
    "kind",
    ["audio/ogg", "video/mp4", "application/pdf", "text/vcard", "image/svg+xml", "image/heic"],
)
async def test_what_is_no_picture_is_refused_before_it_is_fetched(look: Look, kind: str) -> None:
    message = await look.sent(picture.picture(kind, 100))
    assert '/show"' not in (await look.scene.alva.get(look.scene.path)).text
    await look.refused(message, "Only pictures can be shown here")
    assert look.fetched == 0


@pytest.mark.parametrize(
    ("fault", "because"),
    [
        ("media-404", "The provider no longer has the picture"),
        ("media-endless", "The picture is too large"),
        ("media-html", "The file is no picture that can be shown"),
        ("media-slow", "did not hand out the picture just now"),
        ("down", "did not hand out the picture just now"),
    ],
)
async def test_what_goes_wrong_is_said_and_can_be_tried_again(
    look: Look, fault: str, because: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT", 4.0 if fault == "media-slow" else 15.0)
    message = await look.sent()
    look.provider.faults.set(Fault(fault, seconds=30, on="all"))
    await look.refused(message, because)
    look.provider.faults.clear()
    assert (await look.press(message)).status_code == 303
    assert (await look.scene.alva.get(look.path(message))).status_code == 200


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "no picture"),
        (picture.jpeg()[:900], "no picture"),
        (bytes(11 * 1024 * 1024), "too large"),
    ],
)
async def test_a_hostile_file_that_is_called_a_picture_is_refused(
    look: Look, content: bytes, because: str
) -> None:
    message = await look.sent(picture.picture("image/jpeg", None, content))
    await look.refused(message, because)


async def test_redacting_the_message_destroys_its_picture(look: Look) -> None:
    message = await look.sent()
    await look.press(message)
    await redact(look.world.house, look.world.counsellor, look.scene.talk, message)
    async with look.world.house.db.read() as tx:
        (row,) = (await tx.conn.execute(select(channel_tables.pictures))).all()
    assert row.content_sealed is None
    assert (await look.scene.alva.get(look.path(message))).status_code == 409
    assert (await look.press(message)).status_code == 409
    assert "<img" not in (await look.scene.alva.get(look.scene.path)).text


async def test_a_message_found_by_listing_has_its_pictures_too(look: Look) -> None:
    look.sends(picture.picture(), picture.picture("image/png"))
    assert await catch_up(look.world.house, look.sender) >= 1
    message = await look.last()
    assert (await look.press(message, 1)).status_code == 303
    assert (await look.scene.alva.get(look.path(message, 1))).status_code == 200


async def test_by_telegram_nothing_is_fetched(world: World) -> None:
    media = (Media("image/jpeg"),)
    await receive(world.house, [world.message("", "123456", channel=Channel.TELEGRAM, media=media)])
    talk = await world.taken()
    message = next(i for i in (await world.see(talk)).thread if isinstance(i, Said)).id
    with pytest.raises(NothingToShow):
        await fetch_picture(world.house, world.counsellor, talk, message, 0)
