"""The page on which a person decides about a deletion: for everybody, and by keyboard."""

from typing import Any

import pytest
from playwright.async_api import expect

from handlers.receive import receive
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.browser.test_axe import clean

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_is_clean_and_deletes_after_the_tick(
    desk: Desk, size: dict[str, Any], scheme: str
) -> None:
    world = desk.world
    await receive(world.house, [world.message("RADERA")])
    world.clock.advance(seconds=5)
    await receive(world.house, [world.message("RADERA JA")])
    async with desk.window(**size, color_scheme=scheme) as page:
        await clean(desk, page, f"/conversations/{desk.talk}/deletion")
        await page.goto(f"{desk.path}/deletion")
        await page.get_by_label("I am sure that it is the contact who asked for it.").check()
        await page.get_by_role("button", name="Delete for good").press("Enter")
        await expect(page.get_by_role("heading", name="Queue")).to_be_visible()
        await page.goto(f"{desk.path}/deletion")
        async with page.expect_navigation():
            await page.get_by_role("button", name="A colleague asked me to").click()
        await page.goto(f"{desk.path}/deletion")
        await expect(page.get_by_text("There is no request to decide about.")).to_be_visible()
