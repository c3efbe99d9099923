"""What is to be done is within reach also where the list of those who wait is long."""

from typing import Any

import pytest
from playwright.async_api import expect

from handlers.take import take
from storage import events
from storage.events import Event
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.browser.test_live import SOON, listening
from tests.test_troubles import fails

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_a_task_stands_in_the_bar_and_the_urgent_stay_first(
    desk: Desk, size: dict[str, Any]
) -> None:
    world = desk.world
    await take(world.house, world.counsellor, desk.talk)
    for number in range(20, 32):
        await world.text("hej", f"+467017406{number}")
    await world.text("han ska döda mig", "+46701740640")
    async with desk.window(**size) as page:
        await page.goto(f"{desk.base}/queue")
        await listening(page)
        link = page.locator("#nav-tasks")
        await expect(link).to_be_hidden()
        await world.reply(desk.talk, "hör du mig")
        await fails(world)
        async with world.house.db.write() as tx:
            await events.add(tx, [Event(desk.talk, "delivery", world.clock.now())])
        await expect(link).to_have_text("To do (1)", timeout=SOON)
        await expect(link).to_be_in_viewport(ratio=1)
        first = page.locator("#rows li").first
        await expect(first).to_contain_text("P1")
        await expect(first).to_be_in_viewport()
        await link.click()
        await expect(page.locator("#tasks h2")).to_be_in_viewport()
        await expect(page.get_by_role("button", name="Noted")).to_be_in_viewport(ratio=1)
        await page.goto(f"{desk.base}/find")
        await expect(link).to_have_text("To do (1)")
        await expect(page.locator("#nav-mine")).to_have_text("Mine (1)")
