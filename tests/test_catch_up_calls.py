"""Calls that no webhook told of are found on the provider's list, once, as of their own time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.call import HIDDEN, Call
from domain.conversation import Outcome
from domain.gate import Gate
from domain.message import Channel
from domain.priority import Tier
from handlers import catch_up_calls as catching
from handlers.add_line import add_line
from handlers.called import called, found
from handlers.catch_up_calls import catch_up_calls
from handlers.close import close
from handlers.errors import CannotStore, DatabaseAway
from handlers.every_line import MARGIN
from handlers.house import House
from handlers.seen import Happened, Row
from senders import twilio_calls
from senders.sender import OutOfReach
from simulator.calls import Call as Listed
from simulator.faults import Fault
from storage import listings
from tests.sending import Out, TodaysClock, sending
from tests.world import LINE, PHONE, World
from utvag.line import _catch_up_calls as a_round
from utvag.metrics import Metrics

CARD_2, OTHER = "+46701740606", "+46701740611"


@pytest.fixture
def clock() -> TodaysClock:
    return TodaysClock()


@pytest.fixture
async def out(world: World) -> AsyncIterator[Out]:
    async with sending(world) as out:
        yield out


def dials(
    out: Out, phone: str = PHONE, ago: timedelta | None = None, to: str = LINE, **more: Any
) -> Listed:
    """Somebody calls the line, which does not hear of it."""
    began = out.world.clock.now() - (ago or timedelta(0))
    status = more.pop("status", "failed")
    call = Listed(f"CA{token_hex(16)}", phone, to, began, status, ended=began, **more)
    return out.provider.calls.keep(call)


async def webhook(out: Out, call: Listed, house: House | None = None) -> None:
    told = Call(call.sid, call.sender, call.to, out.world.clock.now())
    await called(house or out.house, told)


async def again(out: Out, house: House | None = None) -> int:
    return await catch_up_calls(house or out.house, out.sender)


async def waiting(out: Out) -> Row:
    (row,) = (await out.world.queue()).waiting
    return row


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


async def test_a_provider_out_of_reach_is_asked_later_and_nothing_is_lost(out: Out) -> None:
    await again(out)
    dials(out)
    out.fault("down", on="all")
    out.world.clock.advance(hours=1)
    metrics = Metrics()
    with capture_logs() as logs:
        assert await a_round(out.house, out.sender, metrics) == 0
    assert [line["event"] for line in logs] == ["catch_up_calls_postponed"]
    out.works_again()
    with capture_logs() as logs:
        await a_round(out.house, out.sender, metrics)
    assert [(line["event"], line["count"]) for line in logs] == [("calls_found_again", 1)]
    assert b"utvag_calls_found_again_total 1.0" in metrics.exposition()


async def test_a_list_that_breaks_off_between_its_pages_loses_nothing(
    out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_calls, "PAGE", 2)
    monkeypatch.setattr(catching, "AT_ONCE", 2)
    for place in range(5):
        dials(out, f"+4670174061{place}")
    asked = iter(range(100))

    def second_page(kind: str, **_: object) -> Fault | None:
        return Fault(kind) if kind == "500" and next(asked) == 1 else None

    with monkeypatch.context() as broken:
        broken.setattr(out.provider.faults, "take", second_page)
        with pytest.raises(OutOfReach):
            await again(out)
    assert await again(out) == 5
    assert len((await out.world.queue()).waiting) == 5


async def picky(house: House, call: Call) -> bool:
    """`found`, of a database that does not take one caller."""
    if call.caller == PHONE:
        raise CannotStore
    return await found(house, call)


async def test_a_call_that_cannot_be_stored_keeps_no_other_out_and_is_tried_again(
    out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching, "AT_ONCE", 2)
    await add_line(out.house, CARD_2, "Card 2027", ("sv",), "exit")
    for phone in (PHONE, OTHER, "+46701740612", "+46701740613"):
        dials(out, phone)
    dials(out, "+46701740614", to=CARD_2)
    with monkeypatch.context() as patch:
        patch.setattr(catching, "found", picky)
        with pytest.raises(CannotStore):
            await again(out)
        assert len((await out.world.queue()).waiting) == 4
    assert await again(out) == 1
    assert len((await out.world.queue()).waiting) == 5


async def test_while_the_database_is_away_no_call_is_tried_and_all_are_listed_again(
    out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    async def away(_: House, call: Call) -> bool:
        tried.append(call)
        raise DatabaseAway

    for phone in (PHONE, OTHER):
        dials(out, phone)
    with monkeypatch.context() as patch:
        patch.setattr(catching, "found", away)
        with pytest.raises(CannotStore):
            await again(out)
    assert len(tried) == 1
    assert await again(out) == 2


@pytest.mark.parametrize("odd", [{"sid": None}, {"sid": "CA" * 40}, {"start_time": "yesterday"}])
async def test_one_that_cannot_be_read_keeps_no_other_out_and_is_listed_again(
    out: Out, monkeypatch: pytest.MonkeyPatch, odd: dict[str, Any]
) -> None:
    from simulator import calls_rest

    whole = calls_rest.call_resource

    def garbled(call: Listed, account: str) -> dict[str, Any]:
        told = whole(call, account)
        return told | odd | {"date_created": None} if call.sender == PHONE else told

    dials(out, PHONE)
    dials(out, OTHER)
    with monkeypatch.context() as patch:
        patch.setattr(calls_rest, "call_resource", garbled)
        with pytest.raises(OutOfReach):
            await again(out)
    assert len((await out.world.queue()).waiting) == 1
    assert await again(out) == 1


async def test_a_line_without_numbers_lists_no_calls(out: Out) -> None:
    async with out.house.db.write() as tx:
        await tx.conn.exec_driver_sql("DELETE FROM lines")
    dials(out)
    assert await again(out) == 0
