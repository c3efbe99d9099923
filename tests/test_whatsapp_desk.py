"""The desk with a WhatsApp conversation: until when one can reply, and what is offered after it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from domain.delivery import Delivery
from domain.message import Channel
from handlers.change_line import change_line
from handlers.errors import MayNotLeave
from handlers.note_status import Status, note_statuses
from handlers.send import Sent, record
from senders.sender import Refused
from tests.browser.scene import Scene, scene_of
from tests.browser.serving import Visitor
from tests.post import Post
from tests.world import LINE, World

PHONE = "+46701740612"


@dataclass
class Talk:
    scene: Scene
    id: UUID

    @property
    def path(self) -> str:
        return f"/conversations/{self.id}"

    async def page(self) -> str:
        return (await self.scene.alva.get(self.path)).text

    async def approve(self, **fields: str) -> str:
        form = {"form_key": str(uuid4())} | fields
        answer = await self.scene.alva.post(f"{self.path}/template", **form)
        if answer.status_code == 303:
            return await self.page()
        return answer.text


@pytest.fixture
async def talk(world: World) -> AsyncIterator[Talk]:
    async with scene_of(world) as scene:
        for body in ("hej", "1"):
            await world.text(body, PHONE, channel=Channel.WHATSAPP)
        (row,) = [r for r in (await world.queue()).waiting if r.channel is Channel.WHATSAPP]
        made = Talk(scene, row.id)
        await scene.alva.post(f"{made.path}/take")
        yield made
        await made.scene.alva.http.aclose()


async def test_staff_read_until_when_they_can_reply_in_the_lines_own_zone(talk: Talk) -> None:
    page = await talk.page()
    assert "You can reply until 3 Mar 13:00." in page  # 12:00 UTC and a day, in Stockholm
    assert "WhatsApp" in page
    assert "approved message" not in page
    talk.scene.world.clock.advance(hours=5)
    page = await talk.page()
    assert "You can reply until 13:00." in page or "You can reply until 3 Mar 13:00." in page
    assert "Is it safe to write?" in page


async def test_a_text_by_whatsapp_has_no_segments(talk: Talk) -> None:
    assert "data-gsm" not in await talk.page()
    await talk.scene.taken()
    assert "data-gsm" in (await talk.scene.alva.get(talk.scene.path)).text


async def test_after_the_window_nothing_is_offered_where_the_line_has_nothing_approved(
    talk: Talk,
) -> None:
    talk.scene.world.clock.advance(hours=10)
    await sign_in_again(talk)
    talk.scene.world.clock.advance(hours=15)
    await sign_in_again(talk)
    page = await talk.page()
    assert "WhatsApp only lets free replies through within 24 hours" in page
    assert '<button id="send" class="main" disabled>' in page
    assert 'id="template"' not in page
    assert "The line has no approved message to send." in await talk.approve(asked="1")


async def test_after_the_window_the_approved_message_is_offered_and_what_was_typed_is_kept(
    talk: Talk,
) -> None:
    await change_line(talk.scene.world.house, LINE, whatsapp_template="HX" + "0" * 32)
    talk.scene.world.clock.advance(hours=25)
    await sign_in_again(talk)
    page = await talk.page()
    assert f'formaction="{talk.path}/template"' in page
    assert "Send the approved message" in page
    refused = await talk.approve(reply="my words")
    assert "They have not written for four hours or more." in refused
    assert "my words" in refused
    sent = await talk.approve(asked="1", reply="my words")
    assert "The message approved for WhatsApp. Its words are kept by the provider." in sent
    assert "my words" in sent


async def test_63016_and_its_kin_are_said_in_words_of_their_own(talk: Talk) -> None:
    world = talk.scene.world
    post = Post(world)
    await post.carry()
    await world.reply(talk.id, "hello")
    (leased,) = await post.begin()
    await post.accept([leased])
    await note_statuses(world.house, [Status(leased.row.code, Delivery.UNDELIVERED, None, 63016)])
    page = await talk.page()
    assert "more than 24 hours have passed since they wrote" in page
    assert "Not delivered" in page


async def test_after_63016_the_page_and_the_outbox_hold_the_window_for_closed_until_they_write(
    talk: Talk,
) -> None:
    world = talk.scene.world
    post = Post(world)
    await post.carry()
    for body in ("hello", "are you there"):
        world.clock.advance(seconds=5)
        await world.reply(talk.id, body)
    (leased,) = await post.begin()
    await post.accept([leased])
    for _ in range(2):
        told = Status(leased.row.code, Delivery.UNDELIVERED, None, 63016)
        await note_statuses(world.house, [told])
    page = await talk.page()
    assert "You can reply until" not in page
    assert "WhatsApp only lets free replies through within 24 hours" in page
    assert await post.begin() == []
    with pytest.raises(MayNotLeave):
        await world.reply(talk.id, "hello")
    await world.text("hej igen", PHONE, channel=Channel.WHATSAPP)
    assert "You can reply until" in await talk.page()
    await world.reply(talk.id, "hello")
    assert [one.letter.body for one in await post.begin()] == ["hello"]


async def test_63016_about_a_text_from_before_they_wrote_closes_nothing(talk: Talk) -> None:
    world = talk.scene.world
    post = Post(world)
    await post.carry()
    await world.reply(talk.id, "hello")
    (leased,) = await post.begin()
    await post.accept([leased])
    world.clock.advance(seconds=5)
    await world.text("hej igen", PHONE, channel=Channel.WHATSAPP)
    await note_statuses(world.house, [Status(leased.row.code, Delivery.UNDELIVERED, None, 63016)])
    assert "You can reply until" in await talk.page()


async def test_63016_in_answer_to_the_send_itself_closes_the_window_too(talk: Talk) -> None:
    world = talk.scene.world
    post = Post(world)
    await post.carry()
    world.clock.advance(seconds=5)
    await world.reply(talk.id, "hello")
    (leased,) = await post.begin()
    await record(world.house, [Sent(leased.row, Refused(63016))])
    assert "You can reply until" not in await talk.page()


async def sign_in_again(talk: Talk) -> None:
    """A session lasts twelve hours."""
    world, base = talk.scene.world, talk.scene.base
    await talk.scene.alva.http.aclose()
    talk.scene.alva = await Visitor.of(world.house, base, world.counsellor)
