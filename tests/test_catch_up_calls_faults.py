"""A listing of calls that meets trouble loses none, and one odd call keeps no other out."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.call import Call
from handlers import catch_up_calls as catching
from handlers.add_line import add_line
from handlers.called import found
from handlers.errors import CannotStore, DatabaseAway
from handlers.house import House
from senders import twilio_calls
from senders.sender import OutOfReach
from simulator.calls import Call as Listed
from simulator.faults import Fault
from tests.dialling import OTHER, again, dials
from tests.sending import Out, TodaysClock, sending
from tests.world import PHONE, World
from utvag.line import _catch_up_calls as a_round
from utvag.metrics import Metrics

CARD_2 = "+46701740606"


@pytest.fixture
def clock() -> TodaysClock:
    return TodaysClock()


@pytest.fixture
async def out(world: World) -> AsyncIterator[Out]:
    async with sending(world) as out:
        yield out


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
