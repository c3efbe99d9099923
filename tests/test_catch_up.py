"""What the provider received while nobody listened is found again, in order, once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from domain.message import Author, InboundMessage
from domain.priority import Tier
from handlers import catch_up as catching
from handlers.add_line import add_line
from handlers.catch_up import catch_up
from handlers.errors import CannotStore
from handlers.every_line import MARGIN
from handlers.house import House
from handlers.receive import receive
from handlers.seen import Said
from senders import twilio
from senders.sender import OutOfReach
from simulator.book import Message
from simulator.faults import Fault
from simulator.inbound import Text
from simulator.inbound import receive as arrives
from tests.sending import NOBODY, Out, TodaysClock, sending
from tests.world import LINE, PHONE, World

CARD_2 = "+46701740606"


@pytest.fixture
def clock() -> TodaysClock:
    return TodaysClock()


@pytest.fixture
async def out(world: World) -> AsyncIterator[Out]:
    async with sending(world) as out:
        yield out


def text(
    out: Out, body: str, phone: str = PHONE, ago: timedelta | None = None, to: str = LINE
) -> Message:
    """A contact texts the line, which does not hear it."""
    message = arrives(out.provider, Text(sender=phone, to=to, body=body, base=NOBODY))
    at = out.world.clock.now() - (ago or timedelta(0))
    changed = out.provider.book.change(message.sid, created=at, updated=at, sent=at)
    assert changed is not None
    return changed


async def webhook(out: Out, message: Message) -> int:
    heard = out.world.message(message.text, message.sender, provider_id=message.sid)
    return await receive(out.house, [heard])


async def picky(house: House, batch: Sequence[InboundMessage]) -> int:
    """`receive`, of a database that does not take one text."""
    if any(message.body == "trouble" for message in batch):
        raise CannotStore
    return await receive(house, batch)


async def again(out: Out) -> int:
    return await catch_up(out.house, out.sender)


async def heard(out: Out) -> list[str]:
    thread = (await out.world.see()).thread
    said = [item for item in thread if isinstance(item, Said)]
    return [item.body or "" for item in said if item.author is Author.CONTACT]


async def test_texts_sent_while_the_line_was_down_are_taken_in_in_order_and_once(out: Out) -> None:
    for body in ("one", "two", "three"):
        text(out, body)
    assert await again(out) == 3
    assert await heard(out) == ["one", "two", "three"]
    assert await again(out) == 0
    assert await heard(out) == ["one", "two", "three"]


async def test_a_gap_between_two_that_we_know_is_found(out: Out) -> None:
    first, missed, last = (text(out, body) for body in ("one", "two", "three"))
    await webhook(out, first)
    await webhook(out, last)
    assert await again(out) == 1
    assert sorted(await heard(out)) == sorted(m.text for m in (first, missed, last))


async def test_the_webhook_of_the_same_text_at_the_same_moment_counts_once(out: Out) -> None:
    messages = [text(out, f"text {place}") for place in range(5)]
    found, *heard_now = await asyncio.gather(again(out), *(webhook(out, m) for m in messages))
    assert found + sum(heard_now) == 5
    assert sorted(await heard(out)) == [f"text {place}" for place in range(5)]


async def test_two_processes_that_list_at_the_same_moment_take_each_text_once(out: Out) -> None:
    for place in range(5):
        text(out, f"text {place}")
    assert sum(await asyncio.gather(again(out), again(out))) == 5
    assert await heard(out) == [f"text {place}" for place in range(5)]


async def test_our_own_numbers_are_dropped_once_and_not_found_again(out: Out) -> None:
    text(out, "loop", phone=LINE)
    await again(out)
    assert await again(out) == 0
    assert not (await out.world.queue()).waiting


async def test_what_we_sent_is_not_taken_for_a_contacts_text(out: Out) -> None:
    await out.say("hello")
    await out.carry()
    out.world.clock.advance(minutes=1)
    assert await again(out) == 0


async def test_a_text_from_before_the_line_was_added_is_not_ours(out: Out) -> None:
    text(out, "old", ago=timedelta(minutes=1))
    assert await again(out) == 0
    text(out, "new")
    assert await again(out) == 1


async def test_a_line_without_numbers_lists_nothing(out: Out) -> None:
    async with out.house.db.write() as tx:
        await tx.conn.exec_driver_sql("DELETE FROM lines")
    text(out, "hej")
    assert await again(out) == 0


async def test_listing_begins_ten_minutes_before_the_last_complete_one(out: Out) -> None:
    out.world.clock.advance(hours=2)
    assert await again(out) == 0
    text(out, "before", ago=MARGIN + timedelta(seconds=5))
    text(out, "within", ago=MARGIN - timedelta(seconds=5))
    out.world.clock.advance(minutes=3)
    assert await again(out) == 1
    assert await heard(out) == ["within"]


async def test_an_outage_however_long_is_listed_from_where_it_began(out: Out) -> None:
    await again(out)
    out.world.clock.advance(days=4)
    text(out, "old", ago=timedelta(days=3))
    assert await again(out) == 1


def fails_on_request(number: int) -> Any:
    asked = count(1)

    def take(kind: str, **_: object) -> Fault | None:
        return Fault(kind) if kind == "500" and next(asked) == number else None

    return take


async def test_a_listing_that_breaks_off_moves_no_mark_and_loses_nothing(
    out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio, "PAGE", 2)
    for place in range(5):
        text(out, f"text {place}")
    out.world.clock.advance(hours=1)
    with monkeypatch.context() as broken:
        broken.setattr(out.provider.faults, "take", fails_on_request(2))
        with pytest.raises(OutOfReach):
            await again(out)
    assert await again(out) == 5
    assert await heard(out) == [f"text {place}" for place in range(5)]


async def test_a_provider_out_of_reach_moves_no_mark(out: Out) -> None:
    text(out, "hej")
    out.fault("down", on="all")
    out.world.clock.advance(hours=1)
    with pytest.raises(OutOfReach):
        await again(out)
    out.works_again()
    assert await again(out) == 1


async def test_a_slower_listing_that_ends_later_does_not_move_the_mark_back(out: Out) -> None:
    from domain.message import Channel
    from storage import listings

    marks: list[datetime] = [out.world.clock.now(), out.world.clock.advance(minutes=30)]
    async with out.house.db.write() as tx:
        for mark in reversed(marks):
            await listings.completed(tx, Channel.SMS, mark)
        assert await listings.complete_from(tx, Channel.SMS) == marks[1]


async def test_a_fresh_text_that_was_found_is_answered(out: Out) -> None:
    text(out, "hej")
    await again(out)
    out.world.clock.advance(seconds=2)
    await out.world.step()
    assert await out.world.said() == ["greet"]


@pytest.mark.parametrize(("body", "tier"), [("hej", Tier.P3), ("de ska döda mig i kväll", Tier.P1)])
async def test_a_text_older_than_a_quarter_of_an_hour_is_queued_and_searched_but_not_answered(
    out: Out, body: str, tier: Tier
) -> None:
    out.world.clock.advance(hours=1)
    text(out, body, ago=timedelta(minutes=16))
    assert await again(out) == 1
    out.world.clock.advance(seconds=10)
    await out.world.step()
    assert [row.tier for row in (await out.world.queue()).waiting] == [tier]
    assert await out.world.said() == []


async def test_what_was_sent_to_another_number_of_the_account_is_not_ours(out: Out) -> None:
    text(out, "till barnomsorgen", to="+46701740699")
    text(out, "hej")
    assert await again(out) == 1
    assert await heard(out) == ["hej"]


async def test_one_that_cannot_be_stored_keeps_nobody_else_out(
    out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    for body in ("one", "trouble", "two"):
        text(out, body)
    with monkeypatch.context() as patch:
        patch.setattr(catching, "receive", picky)
        with pytest.raises(CannotStore):
            await again(out)
    assert await heard(out) == ["one", "two"]
    assert await again(out) == 1
    assert sorted(await heard(out)) == ["one", "trouble", "two"]


async def test_trouble_on_one_line_keeps_no_other_line_from_being_listed(
    out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_line(out.house, CARD_2, "Card 2027", ("sv",), "exit")
    text(out, "trouble")
    text(out, "hej", to=CARD_2)
    with monkeypatch.context() as patch:
        patch.setattr(catching, "receive", picky)
        with pytest.raises(CannotStore):
            await again(out)
    assert await heard(out) == ["hej"]


async def test_one_that_cannot_be_read_keeps_nobody_else_out_and_is_listed_again(
    out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = twilio._inbound

    def odd(message: Any) -> InboundMessage:
        if message.body == "odd":
            raise ValueError("not a number")
        return whole(message)

    for body in ("one", "odd", "two"):
        text(out, body)
    with monkeypatch.context() as patch:
        patch.setattr(twilio, "_inbound", odd)
        with pytest.raises(OutOfReach):
            await again(out)
    assert await heard(out) == ["one", "two"]
    assert await again(out) == 1
    assert sorted(await heard(out)) == ["odd", "one", "two"]


async def test_one_that_cannot_be_stored_keeps_nobody_out_who_is_listed_long_after_it(
    out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching, "AT_ONCE", 2)
    for body in ("trouble", "one", "two", "three", "four"):
        text(out, body)
    with monkeypatch.context() as patch:
        patch.setattr(catching, "receive", picky)
        with pytest.raises(CannotStore):
            await again(out)
    assert await heard(out) == ["one", "two", "three", "four"]
    assert await again(out) == 1
