"""What a provider tells of a page stands on the timeline, in whatever order and however often."""

import itertools
from uuid import uuid4

import pytest

from domain.delivery import Delivery
from handlers.escalate import escalate
from handlers.note_status import Status, note_statuses
from handlers.send_pages import PAGE, Ringing, lease_pages, record_page
from senders.sender import Accepted, TryLater
from tests.test_paging import ALVAS, OTHER, happened
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import World, sid

DELIVERED, FAILED = Delivery.DELIVERED, Delivery.UNDELIVERED


@pytest.fixture
async def tower(world: World) -> Tower:
    """Alva has two telephones."""
    made = Tower(world)
    await made.paged("Alva", ALVAS)
    await made.paged("Alva", OTHER)
    return made


async def ringing(tower: Tower) -> Ringing:
    await tower.world.text(WORDS)
    await escalate(tower.world.house)
    (one,) = await lease_pages(tower.world.house)
    return one


async def told(tower: Tower, one: Ringing, *states: Delivery) -> None:
    code = PAGE + one.page.id.hex
    for state in states:
        await note_statuses(tower.world.house, [Status(code, state, None, None)])


async def test_a_page_that_arrived_is_said_once_and_acknowledged_after_it(tower: Tower) -> None:
    one = await ringing(tower)
    await record_page(tower.world.house, one, Accepted(sid()))
    await told(tower, one, Delivery.SENT, DELIVERED, DELIVERED)
    await tower.answer(ALVAS, one.page.code)
    assert await happened(tower.world) == ["paged", "page_delivered", "page_read"]


@pytest.mark.parametrize("order", list(itertools.permutations((0, 1, 2))))
async def test_in_every_order_of_our_record_and_the_providers_words_it_ends_the_same(
    tower: Tower, order: tuple[int, ...]
) -> None:
    """Delivered, told before we wrote down that it left, or once more; a failure after it counts
    for nothing, and before it the page goes by the next way."""
    one = await ringing(tower)
    for step in order:
        if step == 0:
            await record_page(tower.world.house, one, Accepted(sid()))
        else:
            await told(tower, one, DELIVERED if step == 1 else FAILED)
    found = await happened(tower.world)
    if order.index(1) < order.index(2):
        assert found == ["paged", "page_delivered"]
        assert await tower.tick() == []
    else:
        assert found == ["paged", "page_failed", "paged"]
        assert await tower.tick() == [OTHER]


async def test_what_arrived_is_not_sent_again_though_its_answer_was_lost(tower: Tower) -> None:
    one = await ringing(tower)
    await told(tower, one, DELIVERED)
    await record_page(tower.world.house, one, TryLater())
    assert await tower.tick(minutes=0.5) == []


async def test_words_about_no_page_of_ours_change_nothing(tower: Tower) -> None:
    one = await ringing(tower)
    for code in (PAGE + uuid4().hex, PAGE + "x", PAGE):
        for state in (DELIVERED, FAILED):
            await note_statuses(tower.world.house, [Status(code, state, None, None)])
    assert await happened(tower.world) == ["paged"]
    assert one.way.address == ALVAS


async def test_a_page_that_only_answers_stands_on_no_timeline(tower: Tower) -> None:
    await tower.answer(ALVAS, "0000")
    (one,) = await lease_pages(tower.world.house)
    await told(tower, one, DELIVERED)
    assert await tower.world.count("events") == 0
