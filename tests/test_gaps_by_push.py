"""A coordinator who is paged by notification reads in it that somebody will be missing."""

import pytest

from domain.member import Role
from handlers.pagers import add_push
from handlers.press_notification import press_notification
from handlers.send_pages import page
from handlers.tell_gaps import tell_gaps
from senders.push import PushSender
from tests.push_ground import Device
from tests.test_on_call import goes_by_a_rota
from tests.test_push_ways import browser, push, tower
from tests.tower import Tower

__all__ = ["browser", "push", "tower"]


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (7, "Inom ett dygn saknas någon i jouren."),
        (27, "Inom fyra timmar saknas någon i jouren."),
    ],
)
async def test_a_notification_says_that_somebody_is_missing_and_leads_to_the_rota(
    tower: Tower, push: PushSender, browser: Device, hours: int, said: str
) -> None:
    world, by = tower.world, {**tower.senders, "push": push}
    cia = await world.hired(world.house, "Cia", Role.COORDINATOR)
    await goes_by_a_rota(world, (-100, 30), (40, 300))
    await add_push(world.house, cia, browser.subscription)
    await page(world.house, by)
    await press_notification(world.house, browser.pushed[-1].told["mark"])
    world.clock.advance(hours=hours)
    await tell_gaps(world.house)
    await page(world.house, by)
    told = browser.pushed[-1].told
    assert (told["body"], told["path"], told["read"]) == (said, "/rota", "")
