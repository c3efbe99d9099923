"""What the provider tells about a text is kept in whatever order it comes."""

import itertools
from collections.abc import AsyncIterator

import pytest

from domain.delivery import Delivery
from domain.message import OptOut
from handlers.note_status import Status, note_statuses
from handlers.send import lease
from storage import contacts
from tests.sending import Out, TodaysClock, sending
from tests.world import World

D = Delivery


@pytest.fixture
def clock() -> TodaysClock:
    return TodaysClock()


@pytest.fixture
async def out(world: World) -> AsyncIterator[Out]:
    async with sending(world) as out:
        yield out


async def told(out: Out, *states: Delivery, code: str = "", error: int | None = None) -> None:
    row = (await out.rows())[0]
    said = [Status(code or row.code, state, row.provider_id, error) for state in states]
    await note_statuses(out.house, said)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", sorted({*itertools.permutations([D.SENT, D.SENT, D.DELIVERED])}))
async def test_in_every_order_and_doubled_delivered_stays_delivered(
    out: Out, order: tuple[Delivery, ...], together: bool
) -> None:
    await out.say("one")
    await out.carry()
    if together:
        await told(out, *order)
    else:
        for state in order:
            await told(out, state)
    assert await out.states() == [D.DELIVERED]


async def test_undelivered_keeps_its_code_and_delivered_corrects_it(out: Out) -> None:
    await out.say("one")
    await out.carry()
    await told(out, D.UNDELIVERED, error=30003)
    row = await out.row()
    assert (row.state, row.error_code) == (D.UNDELIVERED, 30003)
    await told(out, D.SENT)
    assert await out.states() == [D.UNDELIVERED]
    await told(out, D.DELIVERED)
    assert await out.states() == [D.DELIVERED]


async def test_an_unknown_code_changes_nothing(out: Out) -> None:
    await out.say("one")
    await out.carry()
    before = await out.rows()
    await told(out, D.DELIVERED, code="nobody's")
    assert await out.rows() == before


async def test_one_unknown_code_among_others_does_not_hinder_them(out: Out) -> None:
    await out.say("one")
    await out.carry()
    row = await out.row()
    await note_statuses(
        out.house,
        [Status("nobody's", D.DELIVERED, "SM1", None), Status(row.code, D.DELIVERED, None, None)],
    )
    assert await out.states() == [D.DELIVERED]


async def test_the_providers_opt_out_by_callback_stops_all_that_follows(out: Out) -> None:
    await out.say("one")
    await out.carry()
    await told(out, D.FAILED, error=21610)
    row = await out.row()
    async with out.house.db.read() as tx:
        contact = (await contacts.by_ids(tx, [row.contact_id]))[row.contact_id]
    assert (row.state, contact.opt_out) == (D.FAILED, OptOut.PROVIDER)


async def test_a_callback_before_our_record_brings_the_providers_id_and_frees_the_next(
    out: Out,
) -> None:
    await out.say("one", "two")
    (leased,) = await lease(out.house)
    await note_statuses(out.house, [Status(leased.row.code, D.SENT, "SM-early", None)])
    one, _ = await out.rows()
    assert (one.state, one.provider_id, one.pending) == (D.SENT, "SM-early", False)
    await out.carry()
    assert out.phone() == ["two"]


async def test_the_time_at_which_it_was_accepted_is_not_moved_by_what_comes_later(out: Out) -> None:
    await out.say("one")
    await out.carry()
    accepted_at = (await out.row()).accepted_at
    out.world.clock.advance(minutes=5)
    await told(out, D.DELIVERED)
    assert (await out.row()).accepted_at == accepted_at


async def test_a_status_changes_what_open_pages_show_only_where_something_changed(
    out: Out,
) -> None:
    await out.say("one")
    await out.carry()
    await told(out, D.DELIVERED)
    before = (await out.world.queue()).event
    await told(out, D.DELIVERED, D.SENT)
    assert (await out.world.queue()).event == before
