"""What the queue shows: whose turn it is, why, and what is to be seen to."""

import itertools
from dataclasses import replace
from uuid import UUID

import pytest

from domain.conversation import Outcome
from domain.delivery import Delivery
from domain.gate import Gate
from domain.message import OptOut
from domain.priority import Tier
from handlers.close import close
from handlers.house import House
from handlers.invite import invite
from handlers.resend import resend
from handlers.see_conversation import see_conversation
from handlers.seen import Row, Said
from handlers.take import take
from storage import contacts, conversations, events, outbox
from storage.database import Tx
from storage.events import Event
from tests.world import LINE, PHONE, World, became

OTHER = "+46701740611"
THIRD = "+46701740612"
FOURTH = "+46701740613"

_keys = (UUID(int=n) for n in itertools.count(1))


async def of_tier(world: World, phone: str, tier: Tier) -> UUID:
    """Somebody waits from now on with this tier."""
    before = {row.id for row in (await world.queue()).waiting}
    await world.text("hej", phone)
    (fresh,) = (row for row in (await world.queue()).waiting if row.id not in before)
    async with world.house.db.write() as tx:
        found = await conversations.by_id(tx, fresh.id)
        assert found is not None
        await conversations.save(tx, [replace(found, tier=tier, reasons=("given",))])
        await events.add(tx, [Event(fresh.id, "changed", world.clock.now())])
    return fresh.id


async def waiting(world: World) -> list[Row]:
    return list((await world.queue()).waiting)


async def test_the_more_urgent_comes_first_and_then_the_one_who_waits_longest(
    world: World,
) -> None:
    third = await of_tier(world, PHONE, Tier.P3)
    fourth = await of_tier(world, OTHER, Tier.P3)
    second = await of_tier(world, THIRD, Tier.P2)
    first = await of_tier(world, FOURTH, Tier.P1)
    assert [row.id for row in await waiting(world)] == [first, second, third, fourth]


async def test_the_order_is_that_of_the_tier_as_risen_by_waiting(world: World) -> None:
    long = await of_tier(world, PHONE, Tier.P3)
    world.clock.advance(minutes=31)
    fresh = await of_tier(world, OTHER, Tier.P2)
    rows = await waiting(world)
    assert [(row.id, row.tier) for row in rows] == [(long, Tier.P2), (fresh, Tier.P2)]
    assert rows[0].reasons == ("given", "waited_long")
    assert rows[1].reasons == ("given",)


@pytest.mark.parametrize(
    ("tier", "minutes", "risen"),
    [
        (Tier.P4, 119, Tier.P4),
        (Tier.P4, 121, Tier.P3),
        (Tier.P4, 60 * 48, Tier.P3),
        (Tier.P3, 29, Tier.P3),
        (Tier.P3, 31, Tier.P2),
        (Tier.P3, 60 * 48, Tier.P2),
        (Tier.P2, 60 * 48, Tier.P2),
        (Tier.P1, 60 * 48, Tier.P1),
    ],
)
async def test_waiting_lifts_by_one_tier_at_twice_the_target_and_never_into_p1(
    world: World, tier: Tier, minutes: int, risen: Tier
) -> None:
    await of_tier(world, PHONE, tier)
    world.clock.advance(minutes=minutes)
    assert [row.tier for row in await waiting(world)] == [risen]


async def test_a_conversation_that_somebody_has_does_not_rise(world: World) -> None:
    conversation = await of_tier(world, PHONE, Tier.P3)
    await take(world.house, world.counsellor, conversation)
    world.clock.advance(hours=5)
    assert [row.tier for row in (await world.queue()).mine] == [Tier.P3]


async def test_everything_open_stands_in_exactly_one_of_the_three_lists(world: World) -> None:
    elis = await world.hired(world.house, "Elis")
    ids = [await of_tier(world, phone, Tier.P3) for phone in (PHONE, OTHER, THIRD, FOURTH)]
    await take(world.house, world.counsellor, ids[0])
    await take(world.house, elis, ids[1])
    await take(world.house, elis, ids[2])
    await close(world.house, elis, ids[2], Outcome.OTHER)
    queue = await world.queue()
    lists = [[row.id for row in rows] for rows in (queue.waiting, queue.mine, queue.others)]
    assert lists == [[ids[3]], [ids[0]], [ids[1]]]
    assert [row.owner for row in queue.others] == ["Elis"]


async def test_a_row_tells_the_wait_the_language_the_channel_and_the_card(world: World) -> None:
    await world.text("hello, I need to talk to somebody please")
    (row,) = await waiting(world)
    world.clock.advance(minutes=5)
    (later,) = await waiting(world)
    assert (row.language, row.channel, row.line) == ("en", "sms", "Card 2026")
    assert (later.wait.length - row.wait.length).total_seconds() == 300
    assert later.wait.share == pytest.approx(later.wait.length.total_seconds() / 900)
    assert not later.answered
    assert PHONE not in repr(row)
    assert LINE not in repr(row)


async def test_unread_counts_what_the_contact_wrote_and_nothing_else(world: World) -> None:
    await world.text("hej")
    await world.text("är någon där?")
    assert (await waiting(world))[0].unread == 2
    conversation = await world.taken()
    await world.reply(conversation, "Ja.", asked=True)
    assert (await world.queue()).mine[0].unread == 0
    await world.text("tack")
    assert (await world.queue()).mine[0].unread == 1


async def test_an_answered_contact_waits_for_nothing_until_they_write_again(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    assert not (await world.queue()).mine[0].answered
    await world.reply(conversation, "Hej.", asked=True)
    assert (await world.queue()).mine[0].answered
    world.clock.advance(minutes=9)
    at = world.clock.now()
    await world.text("jag vet inte")
    await world.text("och en sak till")
    (row,) = (await world.queue()).mine
    assert (row.answered, row.wait.since) == (False, at)


async def test_what_did_not_arrive_counts_as_trouble_until_it_is_sent_again(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    for state in (Delivery.UNDELIVERED, Delivery.FAILED, Delivery.UNKNOWN):
        await world.reply(conversation, f"Försök {state}", asked=True)
        await _settle(world, conversation, state)
    assert (await world.queue()).mine[0].trouble == 3
    talk = await see_conversation(world.house, world.counsellor, conversation)
    (failed,) = (
        it for it in talk.thread if isinstance(it, Said) and it.delivery is Delivery.FAILED
    )
    await resend(
        world.house, world.counsellor, conversation, failed.id, form_key=next(_keys), asked=True
    )
    assert (await world.queue()).mine[0].trouble == 2


async def _settle(world: World, conversation: UUID, state: Delivery) -> None:
    async with world.house.db.write() as tx:
        for row in (await outbox.of_conversation(tx, conversation)).values():
            if row.state is Delivery.QUEUED:
                await outbox.lease(tx, [row], world.clock.now(), world.clock.now())
                await became(tx, row.id, state, world.clock.now())


async def test_only_what_a_person_wrote_is_trouble_when_it_is_withheld(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    await world.reply(conversation, "Hej.", asked=True)
    async with world.house.db.write() as tx:
        (row,) = [
            row
            for row in (await outbox.of_conversation(tx, conversation)).values()
            if row.state is Delivery.QUEUED
        ]
        await became(tx, row.id, Delivery.WITHHELD, world.clock.now(), refusal="opted_out")
    assert (await world.queue()).mine[0].trouble == 1
    other = await of_tier(world, OTHER, Tier.P3)
    await world.text("2", OTHER)
    async with world.house.db.write() as tx:
        await _withhold_all(tx, other, world)
    assert [row.trouble for row in await waiting(world)] == [0]


async def _withhold_all(tx: Tx, conversation: UUID, world: World) -> None:
    rows = (await outbox.of_conversation(tx, conversation)).values()
    held = replace(next(iter(rows)), state=Delivery.WITHHELD, changed_at=world.clock.now())
    await outbox.save(tx, [held])


async def test_a_row_says_opted_out_and_how_the_gate_stands(world: World) -> None:
    await world.text("hej")
    await world.text("2")
    (row,) = await waiting(world)
    assert row.gate is Gate.CLOSED
    conversation = await world.only()
    async with world.house.db.write() as tx:
        talk = await conversations.by_id(tx, conversation)
        assert talk is not None
        await contacts.opt_out(tx, talk.contact_id, OptOut.PROVIDER)
        await events.add(tx, [Event(talk.id, "changed", world.clock.now())])
    assert (await waiting(world))[0].opt_out is OptOut.PROVIDER


async def test_who_is_on_call_is_named_also_before_they_joined(house: House, world: World) -> None:
    await invite(house, "Elis", world.counsellor.role)
    assert {there.name for there in (await world.queue()).on_call} == {"Alva", "Elis"}


async def test_the_event_number_grows_with_whatever_happens(world: World) -> None:
    before = (await world.queue()).event
    await world.text("hej")
    assert (await world.queue()).event > before
