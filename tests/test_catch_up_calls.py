"""Calls that no webhook told of are found on the provider's list, once, as of their own time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.call import HIDDEN, Call
from domain.conversation import Outcome
from domain.gate import Gate
from domain.message import Channel
from domain.priority import Tier
from handlers.called import called
from handlers.close import close
from handlers.every_line import MARGIN
from handlers.house import House
from handlers.seen import Happened
from storage import listings
from tests.dialling import OTHER, again, dials, waiting, webhook
from tests.sending import Out, TodaysClock, sending
from tests.world import LINE, World


@pytest.fixture
def clock() -> TodaysClock:
    return TodaysClock()


@pytest.fixture
async def out(world: World) -> AsyncIterator[Out]:
    async with sending(world) as out:
        yield out


async def entries(out: Out) -> list[datetime]:
    """When the thread says that they called."""
    thread = (await out.world.see()).thread
    return [item.at for item in thread if isinstance(item, Happened) and item.kind == "called"]


def second(at: datetime) -> datetime:
    """Twilio tells whole seconds."""
    return at.replace(microsecond=0)


async def test_who_called_while_the_line_was_down_stands_in_the_queue_since_then_and_once(
    out: Out,
) -> None:
    out.world.clock.advance(hours=1)
    call = dials(out, ago=timedelta(minutes=25))
    assert await again(out) == 1
    row = await waiting(out)
    assert (row.tier, row.reasons, set(row.marks)) == (Tier.P3, ("called",), {"only_called"})
    assert (row.wait.since, row.channel, row.gate) == (
        second(call.began),
        Channel.SMS,
        Gate.UNKNOWN,
    )
    assert await entries(out) == [second(call.began)]
    assert await again(out) == 0
    assert await entries(out) == [second(call.began)]


async def test_nothing_is_sent_because_of_a_call_that_was_found(out: Out) -> None:
    dials(out)
    await again(out)
    out.world.clock.advance(minutes=5)
    await out.world.step()
    await out.carry()
    assert (await out.world.count("outbox"), await out.world.count("triages")) == (0, 0)
    assert out.phone() == []


async def test_a_call_that_its_webhook_told_of_changes_nothing_even_after_its_answer(
    out: Out,
) -> None:
    call = dials(out, status="completed")
    await webhook(out, call)
    talk = await out.world.taken()
    await close(out.house, out.world.counsellor, talk, Outcome.INFORMATION)
    before = [await out.world.count(name) for name in ("events", "receipts", "conversations")]
    assert await again(out) == 0
    assert (await out.world.queue()).waiting == ()
    assert before == [
        await out.world.count(name) for name in ("events", "receipts", "conversations")
    ]


async def test_a_webhook_that_comes_after_the_listing_still_speaks_and_changes_nothing(
    out: Out,
) -> None:
    call = dials(out, status="ringing")
    assert await again(out) == 1
    before = await out.world.count("events")
    told = Call(call.sid, call.sender, call.to, out.world.clock.now())
    assert [one.language for one in await called(out.house, told)] == ["sv", "en"]
    assert await out.world.count("events") == before


async def test_two_processes_that_list_and_a_webhook_at_once_store_one_call_once(
    out: Out, twin: House
) -> None:
    calls = [dials(out, f"+4670174061{place}") for place in range(5)]
    doing = [again(out), again(out, twin), *(webhook(out, call, twin) for call in calls)]
    await asyncio.gather(*doing)
    assert len((await out.world.queue()).waiting) == 5
    assert (await out.world.count("contacts"), await out.world.count("receipts")) == (5, 5)
    assert await again(out) == 0


@pytest.mark.parametrize(
    "status", ["ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"]
)
async def test_however_it_ended_a_call_is_found(out: Out, status: str) -> None:
    dials(out, status=status)
    assert await again(out) == 1


@pytest.mark.parametrize("direction", ["outbound-api", "outbound-dial", "trunking-originating"])
async def test_what_was_not_dialled_by_a_contact_is_no_call_to_us(out: Out, direction: str) -> None:
    dials(out, direction=direction)
    assert await again(out) == 0
    assert (await out.world.queue()).waiting == ()


async def test_calls_to_another_number_of_the_account_are_not_ours(out: Out) -> None:
    dials(out, to="+46701740699")
    assert await again(out) == 0
    assert await out.world.count("contacts") == 0


async def test_our_own_numbers_are_no_callers(out: Out) -> None:
    dials(out, LINE)
    assert await again(out) == 0
    assert await out.world.count("contacts") == 0


@pytest.mark.parametrize("hidden", [HIDDEN, "+266696687", "Restricted", "client:x", "+1\x00"])
async def test_who_withheld_their_number_is_found_as_one_who_cannot_be_answered(
    out: Out, hidden: str
) -> None:
    dials(out, hidden)
    assert await again(out) == 1
    assert set((await waiting(out)).marks) == {"not_answerable", "only_called"}


async def test_several_calls_of_one_number_are_one_entry_an_hour_each_as_of_its_first(
    out: Out,
) -> None:
    out.world.clock.advance(hours=5)
    for minutes in (200, 190, 170, 100, 20):
        dials(out, ago=timedelta(minutes=minutes))
    assert await again(out) == 5
    now = out.world.clock.now()
    assert await entries(out) == [second(now - timedelta(minutes=m)) for m in (200, 100, 20)]
    assert (await waiting(out)).wait.since == second(now - timedelta(minutes=200))


async def test_an_earlier_call_that_is_found_after_a_later_one_was_told_of_is_what_they_wait_since(
    out: Out,
) -> None:
    out.world.clock.advance(hours=1)
    missed = dials(out, ago=timedelta(minutes=20))
    later = dials(out, status="completed")
    await webhook(out, later)
    assert await again(out) == 1
    assert (await waiting(out)).wait.since == second(missed.began)
    assert await entries(out) == [second(missed.began), out.world.clock.now()]


async def test_a_call_that_is_found_joins_the_same_numbers_conversation(out: Out) -> None:
    await out.world.text("hej")
    await out.world.text("1")
    talk = await out.world.taken()
    dials(out)
    assert await again(out) == 1
    (row,) = (await out.world.queue()).mine
    assert (row.id, row.owner, row.gate) == (talk, "Alva", Gate.UNKNOWN)
    assert "called" in row.reasons


async def test_the_first_time_it_is_listed_from_when_the_line_was_added(out: Out) -> None:
    dials(out, ago=timedelta(minutes=1))
    out.world.clock.advance(days=3)
    since = dials(out, OTHER, ago=timedelta(days=3) - timedelta(seconds=1))
    assert await again(out) == 1
    assert (await waiting(out)).wait.since == second(since.began)


async def test_a_provider_that_lists_whole_days_brings_no_call_from_before_the_line(
    out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    from simulator import date_filter

    whole = date_filter._parse

    def by_day(text: str) -> Any:
        at, length = whole(text)
        return at.replace(hour=0, minute=0, second=0), length

    monkeypatch.setattr(date_filter, "_parse", by_day)
    dials(out, ago=timedelta(seconds=2))
    dials(out, OTHER)
    assert await again(out) == 1


async def test_it_is_listed_from_ten_minutes_before_the_last_complete_listing(out: Out) -> None:
    out.world.clock.advance(hours=2)
    assert await again(out) == 0
    dials(out, ago=MARGIN + timedelta(seconds=5))
    dials(out, OTHER, ago=MARGIN - timedelta(seconds=5))
    out.world.clock.advance(minutes=3)
    assert await again(out) == 1
    out.world.clock.advance(days=4)
    dials(out, "+46701740612", ago=timedelta(days=3))
    assert await again(out) == 1


async def test_calls_have_a_mark_of_their_own_beside_texts(out: Out) -> None:
    began = out.world.clock.now()
    await again(out)
    async with out.house.db.read() as tx:
        assert await listings.complete_from(tx, listings.CALLS) == began
        assert await listings.complete_from(tx, Channel.SMS) is None
