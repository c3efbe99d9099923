"""WhatsApp to a made-up Twilio over real HTTP: prefixes, the template, 63016, what was missed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.contact_rules import WHATSAPP_WINDOW
from domain.delivery import Delivery
from domain.message import Channel
from handlers.catch_up import catch_up
from handlers.change_line import change_line
from handlers.seen import Said
from handlers.send_template import send_template
from senders.sender import Accepted, Letter, Refused
from senders.twilio import TwilioAccount, TwilioSender
from simulator.app import create_app
from simulator.config import Config
from simulator.inbound import Text
from simulator.inbound import receive as arrives
from simulator.provider import Provider
from simulator.serving import running
from tests.edge import HERE, Edge, serving
from tests.patience import PATIENCE
from tests.process import ACCOUNT, TOKEN
from tests.sending import NOBODY, TodaysClock
from tests.world import LINE, PHONE, World
from utvag.metrics import Metrics
from utvag.postman import Postman

HX = "HX" + "b" * 32
WHATSAPP = "whatsapp:"


@pytest.fixture
def clock() -> TodaysClock:
    return TodaysClock()


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    async with serving(world.house, public_url=HERE) as made:
        yield made


class Way:
    """A line whose WhatsApp messages really leave, and whose callbacks really arrive."""

    def __init__(self, world: World, provider: Provider, address: str, public: str) -> None:
        self.world, self.provider = world, provider
        self.sender = TwilioSender(TwilioAccount(ACCOUNT, TOKEN, address, public))
        ways = {Channel.SMS: self.sender, Channel.WHATSAPP: self.sender}
        self.postman = Postman(world.house, ways, Metrics())

    def phone_texts(self, body: str, sender: str = WHATSAPP + PHONE) -> None:
        """A contact writes, which the line does not hear."""
        to = WHATSAPP + LINE if sender.startswith(WHATSAPP) else LINE
        arrives(self.provider, Text(sender=sender, to=to, body=body, base=NOBODY))

    async def carry(self) -> None:
        while await self.postman.round():
            await self.postman.finish(20)

    def on_the_phone(self) -> list[str]:
        found = self.provider.book.oldest_first(WHATSAPP + PHONE)
        return [m.text for m in found if m.direction == "outbound-api"]

    async def last(self) -> Said:
        return [i for i in (await self.world.see()).thread if isinstance(i, Said)][-1]


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await true():  # noqa: ASYNC110 - the provider is another thread's
            await asyncio.sleep(0.05)


@pytest.fixture
async def way(world: World, edge: Edge) -> AsyncIterator[Way]:
    texts = f"{NOBODY}/webhooks/twilio/message"
    config = Config(ACCOUNT, TOKEN, texts, (LINE,), delivered_after=0.05, templates={HX: "Får vi?"})
    app = create_app(config)
    with running(app) as address:
        made = Way(world, app.state.provider, address, edge.public)
        try:
            yield made
        finally:
            await made.postman.finish(5)
            await made.sender.close()


async def test_a_conversation_by_whatsapp_the_whole_way(world: World, way: Way) -> None:
    way.phone_texts("hej")
    assert await catch_up(world.house, way.sender) == 1
    talk = await world.taken()
    await world.reply(talk, "hello", asked=True)
    await way.carry()
    assert way.on_the_phone() == ["hello"]

    async def arrived() -> bool:
        return (await way.last()).delivery is Delivery.DELIVERED

    await until(arrived)


async def test_63016_from_a_callback_is_shown_and_stops_nothing_else(
    world: World, way: Way
) -> None:
    await world.text("hej", channel=Channel.WHATSAPP)  # the provider knows of no such text
    talk = await world.taken()
    await world.reply(talk, "hello", asked=True)
    await way.carry()

    async def failed() -> bool:
        return (await way.last()).error_code == 63016

    await until(failed)
    said = await way.last()
    assert said.delivery in {Delivery.FAILED, Delivery.UNDELIVERED}
    assert (await world.see(talk)).refusal is not None  # the gate is asked, as before
    assert (await world.see(talk)).row.opt_out == "none"


async def test_the_approved_message_arrives_outside_the_window_and_its_sending_can_be_settled(
    world: World, way: Way
) -> None:
    await change_line(world.house, LINE, whatsapp_template=HX)
    await world.text("hej", channel=Channel.WHATSAPP)
    talk = await world.taken()
    began = world.clock.now()
    world.clock.advance(seconds=WHATSAPP_WINDOW.total_seconds())
    await send_template(world.house, world.counsellor, talk, form_key=uuid4(), asked=True)
    await way.carry()
    assert way.on_the_phone() == ["Får vi?"]
    letter = Letter(PHONE, LINE, "", "code", channel=Channel.WHATSAPP, template=HX)
    (sid,) = await way.sender.sent_since(letter, began)
    assert sid.startswith(("SM", "MM"))
    by_sms = Letter(PHONE, LINE, "", "code")
    assert await way.sender.sent_since(by_sms, began) == []


async def test_what_was_missed_is_listed_for_both_channels_and_each_for_itself(
    world: World, way: Way
) -> None:
    way.phone_texts("by whatsapp")
    way.phone_texts("by sms", PHONE)
    assert await catch_up(world.house, way.sender) == 2
    assert await catch_up(world.house, way.sender) == 0
    rows = (await world.queue()).waiting
    assert {row.channel for row in rows} == {Channel.SMS, Channel.WHATSAPP}
    assert await world.count("listings") == 2


async def test_a_sms_text_and_a_whatsapp_message_with_the_same_words_settle_apart(
    way: Way,
) -> None:
    began = way.world.clock.now() - timedelta(minutes=1)
    by_sms = Letter(PHONE, LINE, "hello", "one")
    by_whatsapp = Letter(PHONE, LINE, "hello", "two", channel=Channel.WHATSAPP)
    sent = [await way.sender.send(letter) for letter in (by_sms, by_whatsapp)]
    assert all(isinstance(one, Accepted) for one in sent)
    for letter, result in zip((by_sms, by_whatsapp), sent, strict=True):
        assert isinstance(result, Accepted)
        assert await way.sender.sent_since(letter, began) == [result.provider_id]


async def test_a_number_that_is_no_whatsapp_sender_is_refused_with_twilios_own_code(
    way: Way,
) -> None:
    letter = Letter(PHONE, "+46701740699", "hello", "one", channel=Channel.WHATSAPP)
    assert await way.sender.send(letter) == Refused(63007)
