"""WhatsApp through Twilio: the same webhook, a contact of its own, a window of 24 hours."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from starlette.datastructures import FormData

from domain.contact_rules import TEMPLATE, Refusal, SafeHours
from domain.delivery import Delivery
from domain.gate import Gate
from domain.message import Channel, OptOut
from handlers.change_line import change_line
from handlers.errors import BadInput, MayNotLeave, NotFound, NotYours
from handlers.note_status import Status, note_statuses
from handlers.resend import resend
from handlers.seen import Said
from handlers.send_template import send_template
from handlers.set_safe_hours import set_safe_hours
from handlers.take import take
from storage import tables
from tests.edge import MESSAGE, Edge, form, serving
from tests.post import Post
from tests.world import LINE, PHONE, World
from webhooks.twilio import inbound

HX = "HX" + "a" * 32
WHATSAPP = "whatsapp:"


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    async with serving(world.house) as made:
        yield made


def whatsapp(body: str = "hej", **more: str) -> dict[str, str]:
    """A message as Twilio posts it."""
    own = {"From": WHATSAPP + PHONE, "To": WHATSAPP + LINE, "ProfileName": "CANARY NAME"}
    own |= {"WaId": PHONE[1:], "MessageType": "text", "ChannelMetadata": '{"CANARY": 1}'}
    return form(body) | own | more


async def talk_of(world: World) -> UUID:
    """The only conversation, by WhatsApp, open gate, taken."""
    for body in ("hej", "1"):
        await world.text(body, channel=Channel.WHATSAPP)
    return await world.taken()


async def test_a_message_is_taken_in_by_the_same_webhook_without_its_prefix_or_name(
    world: World, edge: Edge
) -> None:
    assert (await edge.post(MESSAGE, whatsapp())).status_code == 200
    (row,) = (await world.queue()).waiting
    assert (row.channel, row.line, row.marks) == (Channel.WHATSAPP, "Card 2026", frozenset())
    assert await world.heard() == ["hej"]
    read = inbound(FormData(whatsapp()), world.clock.now())
    assert read is not None
    assert (read.sender, read.to) == (PHONE, LINE)
    assert "CANARY" not in str(read)


async def test_the_same_number_by_sms_and_by_whatsapp_is_two_contacts(
    world: World, edge: Edge
) -> None:
    await edge.text("hej")
    await edge.post(MESSAGE, whatsapp())
    assert {row.channel for row in (await world.queue()).waiting} == {Channel.SMS, Channel.WHATSAPP}
    assert await world.count("contacts") == 2


@pytest.mark.parametrize("sender", ["messenger:1234", "whatsapp:", "whatsapp:name", "rcs:x"])
async def test_a_sender_that_is_no_number_is_shown_and_never_answered(
    world: World, edge: Edge, sender: str
) -> None:
    await edge.post(MESSAGE, whatsapp(From=sender))
    (row,) = (await world.queue()).waiting
    assert "not_answerable" in row.marks


async def test_the_questions_go_out_by_the_way_the_contact_came(world: World, post: Post) -> None:
    await world.text("hej", channel=Channel.WHATSAPP)
    async with world.house.db.read() as tx:
        channels = set((await tx.conn.execute(select(tables.outbox.c.channel))).scalars())
    assert channels == {Channel.WHATSAPP}


# The window


async def test_free_words_pass_for_24_hours_after_the_contacts_last_text(world: World) -> None:
    talk = await talk_of(world)
    last = world.clock.now() - timedelta(seconds=3)
    window = (await world.see(talk)).window
    assert window is not None
    assert (window.is_open, window.ends > last + timedelta(hours=23)) == (True, True)
    world.clock.advance(hours=23, minutes=59)
    await world.reply(talk, "still here", asked=True)
    world.clock.advance(minutes=1)
    with pytest.raises(MayNotLeave) as refused:
        await world.reply(talk, "too late", asked=True)
    assert refused.value.reason is Refusal.WINDOW_CLOSED
    seen = await world.see(talk)
    assert seen.window is not None
    assert (seen.refusal, seen.window.is_open) == (Refusal.WINDOW_CLOSED, False)
    await world.text("hej igen", channel=Channel.WHATSAPP)
    await world.reply(talk, "hello")


async def test_a_reply_that_waits_past_the_window_is_withheld(world: World, post: Post) -> None:
    talk = await talk_of(world)
    await post.carry()
    world.clock.advance(hours=23, minutes=59)
    await world.reply(talk, "hello", asked=True)
    world.clock.advance(minutes=2)
    assert await post.carry() == []
    (said,) = [
        i for i in (await world.see(talk)).thread if isinstance(i, Said) and i.body == "hello"
    ]
    assert (said.delivery, said.refusal) == (Delivery.WITHHELD, Refusal.WINDOW_CLOSED)


async def test_an_sms_contact_has_no_window(world: World) -> None:
    await world.text("hej")
    assert (await world.see()).window is None


# The approved message


async def with_template(world: World) -> UUID:
    await change_line(world.house, LINE, whatsapp_template=HX)
    talk = await talk_of(world)
    world.clock.advance(hours=25)
    return talk


async def approve(world: World, talk: UUID, *, asked: bool = True, key: UUID | None = None) -> None:
    await send_template(world.house, world.counsellor, talk, form_key=key or uuid4(), asked=asked)


async def test_after_the_window_a_counsellor_sends_the_approved_message_and_it_is_shown_as_such(
    world: World, post: Post
) -> None:
    talk, key = await with_template(world), uuid4()
    await post.carry()
    for _ in range(2):
        await approve(world, talk, key=key)
    (leased,) = await post.begin()
    letter = leased.letter
    assert (letter.channel, letter.template, letter.body) == (Channel.WHATSAPP, HX, "")
    await post.accept([leased])
    said = [i for i in (await world.see(talk)).thread if isinstance(i, Said)][-1]
    assert (said.text_id, said.counsellor, said.delivery) == (TEMPLATE, "Alva", Delivery.SENT)


async def test_the_approved_message_is_asked_for_and_obeys_every_other_rule(world: World) -> None:
    talk = await with_template(world)
    with pytest.raises(MayNotLeave) as refused:
        await approve(world, talk, asked=False)
    assert refused.value.reason is Refusal.LONG_SILENCE
    now = world.clock.now().astimezone(world.house.zone)
    hours = SafeHours((now + timedelta(hours=1)).time(), (now + timedelta(hours=2)).time())
    await set_safe_hours(world.house, world.counsellor, talk, hours)
    with pytest.raises(MayNotLeave) as refused:
        await approve(world, talk)
    assert refused.value.reason is Refusal.OUTSIDE_SAFE_HOURS
    async with world.house.db.write() as tx:
        await tx.conn.execute(tables.contacts.update().values(gate=Gate.CLOSED))
    with pytest.raises(MayNotLeave) as refused:
        await approve(world, talk)
    assert refused.value.reason is Refusal.GATE_CLOSED
    async with world.house.db.write() as tx:
        await tx.conn.execute(tables.contacts.update().values(opt_out=OptOut.OWN))
    with pytest.raises(MayNotLeave) as refused:
        await approve(world, talk)
    assert refused.value.reason is Refusal.OPTED_OUT
    world.clock.advance(days=90)
    with pytest.raises(MayNotLeave) as refused:
        await approve(world, talk)
    assert refused.value.reason is Refusal.NUMBER_MAY_BE_REUSED


async def test_only_its_owner_sends_it_and_only_where_the_line_has_one(world: World) -> None:
    talk = await with_template(world)
    elis = await World.hired(world.house, "Elis")
    with pytest.raises(NotYours):
        await send_template(world.house, elis, talk, form_key=uuid4(), asked=True)
    await change_line(world.house, LINE, whatsapp_template="")
    with pytest.raises(BadInput):
        await approve(world, talk)
    assert await world.count("outbox") == len(await world.said(talk))


async def test_by_sms_there_is_no_approved_message(world: World) -> None:
    await change_line(world.house, LINE, whatsapp_template=HX)
    await world.text("hej")
    with pytest.raises(BadInput):
        await approve(world, await world.taken())


async def test_an_approved_message_that_did_not_arrive_is_sent_again_as_one(
    world: World, post: Post
) -> None:
    talk = await with_template(world)
    await post.carry()
    await approve(world, talk)
    await post.refuse(await post.begin(), 63032)
    async with world.house.db.write() as tx:
        await tx.conn.execute(tables.contacts.update().values(opt_out=OptOut.NONE))
    said = [i for i in (await world.see(talk)).thread if isinstance(i, Said)][-1]
    await resend(world.house, world.counsellor, talk, said.id, form_key=uuid4(), asked=True)
    (leased,) = await post.begin()
    assert leased.letter.template == HX


async def test_what_whatsapp_says_of_a_contact_who_blocked_us_is_known_until_they_write(
    world: World, post: Post
) -> None:
    talk = await talk_of(world)
    await world.reply(talk, "hello")
    (leased,) = await post.begin()
    await post.accept([leased])
    await note_statuses(world.house, [Status(leased.row.code, Delivery.FAILED, None, 63014)])
    assert (await world.see(talk)).refusal is Refusal.BLOCKED
    await world.text("hej", channel=Channel.WHATSAPP)
    assert (await world.see(talk)).refusal is None


async def test_a_line_is_changed_by_its_number_alone(world: World) -> None:
    with pytest.raises(NotFound):
        await change_line(world.house, "+46701740699", media_refused=True)
    for template in ("HX", "x" * 34, HX + "a"):
        with pytest.raises(BadInput):
            await change_line(world.house, LINE, whatsapp_template=template)
    await change_line(world.house, LINE)
    await change_line(world.house, LINE, media_refused=True)
    await take(world.house, world.counsellor, (await _one(world)))


async def _one(world: World) -> UUID:
    await world.text("hej")
    return await world.only()
