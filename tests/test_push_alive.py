"""A device says what became of its pages and of itself, with no session and by proof alone."""

import asyncio
import json

import pytest

from handlers.errors import NotFound
from handlers.escalate import escalate
from handlers.house import House
from handlers.pagers import add_push
from handlers.press_notification import press_notification
from handlers.renew_push import renew_push
from handlers.see_ways import see_ways
from handlers.send_pages import lease_pages, page_shown, record_page
from senders.push import PushSender
from tests.push_ground import Device
from tests.test_paging import happened
from tests.test_push_ways import (
    ALVAS,
    browser,
    enrolled,
    own,
    push,
    ring,
    subscription,
    tower,
)  # fmt: skip
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import World

__all__ = ["browser", "push", "tower"]


async def test_what_a_device_showed_is_delivered_once_and_not_read(
    tower: Tower, push: PushSender, browser: Device, twin: House
) -> None:
    await enrolled(tower, push, browser)
    await tower.world.text(WORDS)
    await ring(tower, push)
    assert await happened(tower.world) == ["paged"]  # the push service has it: no more is known
    told, house = browser.pushed[-1].told, tower.world.house
    await asyncio.gather(*(page_shown(each, told["shown"]) for each in (house, twin, house)))
    assert await happened(tower.world) == ["paged", "page_delivered"]
    with pytest.raises(NotFound):
        await press_notification(house, told["shown"])
    await page_shown(house, told["mark"])
    await page_shown(house, browser.pushed[0].told["shown"])
    assert await happened(tower.world) == ["paged", "page_delivered"]


async def test_what_is_shown_before_it_is_written_down_that_it_left_is_delivered(
    tower: Tower, push: PushSender, browser: Device
) -> None:
    await enrolled(tower, push, browser)
    await tower.world.text(WORDS)
    await escalate(tower.world.house)
    (ringing,) = await lease_pages(tower.world.house)
    result = await push.send(ringing.letter)
    await page_shown(tower.world.house, browser.pushed[-1].told["shown"])
    await record_page(tower.world.house, ringing, result)
    assert await happened(tower.world) == ["paged", "page_delivered"]


@pytest.mark.parametrize("mark", ["", "x", "å", "A" * 44, "a" * 9999])
async def test_a_stranger_who_says_that_something_was_shown_changes_nothing(
    world: World, mark: str
) -> None:
    async with world.house.db.write():
        await asyncio.wait_for(page_shown(world.house, mark), 15)


def moved(browser: Device, to: str = "/push/two") -> str:
    """What the same browser tells of itself once it has renewed its subscription."""
    fresh = Device()
    browser.private, browser.auth = fresh.private, fresh.auth
    return json.dumps({"endpoint": browser.base + to, "keys": browser.keys})


async def test_a_browser_that_renews_itself_is_followed_without_a_session(
    tower: Tower, push: PushSender, browser: Device
) -> None:
    await enrolled(tower, push, browser)
    old = browser.subscription
    new = moved(browser)
    for _ in range(2):
        await renew_push(tower.world.house, old, new)
    (shown,) = await own(tower.world)
    assert shown.way.works
    assert shown.way.address == new
    await tower.world.text(WORDS)
    await ring(tower, push)
    assert browser.pushed[-1].told["body"] == "P1 väntar på någon."
    await renew_push(tower.world.house, old, subscription("http://127.0.0.1:9/x"))
    assert (await own(tower.world))[0].way.address == new


@pytest.mark.parametrize("new", ["", "{}", subscription("https://push.example.org/x")])
async def test_one_that_is_lost_for_good_is_given_up_and_told_by_the_next_way(
    tower: Tower, push: PushSender, browser: Device, new: str
) -> None:
    await enrolled(tower, push, browser)
    await tower.paged("Alva", ALVAS)
    for _ in range(2):
        await renew_push(tower.world.house, browser.subscription, new)
    assert await ring(tower, push) == [ALVAS]
    assert "kan inte larmas längre" in tower.heard[-1][1]
    assert (await own(tower.world))[0].way.gone_at is not None
    await tower.world.text(WORDS)
    assert await ring(tower, push) == [ALVAS]


async def test_nobody_moves_or_ends_the_way_of_another(
    tower: Tower, push: PushSender, browser: Device
) -> None:
    world = tower.world
    await enrolled(tower, push, browser)
    kept = browser.subscription
    guess = json.dumps(json.loads(kept) | {"keys": Device().keys})
    for old in (guess, "", "{}", subscription("http://127.0.0.1:9/unknown")):
        for new in (subscription("http://127.0.0.1:9/x"), ""):
            await renew_push(world.house, old, new)
    (shown,) = await own(world)
    assert (shown.way.address, shown.way.works) == (kept, True)


async def test_what_is_a_colleagues_device_already_is_not_taken(
    tower: Tower, push: PushSender, browser: Device
) -> None:
    world = tower.world
    await enrolled(tower, push, browser)
    bo = await World.hired(world.house, "Bo")
    theirs = subscription(f"{browser.base}/push/two")
    await add_push(world.house, bo, theirs)
    await renew_push(world.house, browser.subscription, theirs)
    assert (await own(world))[0].way.gone_at is not None
    found = (await see_ways(world.house, bo)).ways
    assert [one.way.address for one in found] == [theirs]
