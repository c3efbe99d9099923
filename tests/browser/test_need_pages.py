"""Why somebody opens a conversation, and who must stay away: in both lights, with and without a
script."""

from typing import Any

import pytest
from playwright.async_api import expect

from domain.access import Role
from domain.need import LASTS
from handlers.stay_away import keep_away
from handlers.take import take
from tests.browser.desk import Desk
from tests.browser.test_axe import at_every_size, clean
from tests.browser.test_live import SOON, listening
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@at_every_size
async def test_the_pages_are_clean(desk: Desk, size: dict[str, Any]) -> None:
    house = desk.world.house
    boss = await World.hired(house, "Cia", Role.COORDINATOR)
    elis = await World.hired(house, "Elis")
    await take(house, desk.world.counsellor, desk.talk)
    await keep_away(house, elis, desk.other, elis.id)
    talk, other = (f"/conversations/{one}" for one in (desk.talk, desk.other))
    async with desk.window_of(boss, **size) as page:
        await clean(desk, page, f"{talk}/why", f"{talk}/away", f"{other}/away")
    async with desk.window_of(elis, **size) as page:
        await clean(desk, page, f"{other}/away", "/queue")


@pytest.mark.parametrize("script", [True, False])
async def test_a_reason_opens_it_and_none_does_not(desk: Desk, script: bool) -> None:
    elis = await World.hired(desk.world.house, "Elis")
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window_of(elis, java_script_enabled=script) as page:
        await page.goto(desk.path)
        await expect(page.get_by_role("heading", name="Why do you open it?")).to_be_visible()
        reasons = page.get_by_role("form").get_by_role("button")
        await expect(reasons.first).to_have_text("Somebody may be in danger")
        await reasons.first.press("Enter")
        await expect(page.get_by_text("Alva has this conversation.")).to_be_visible()


async def test_an_open_page_asks_when_the_hour_is_over(desk: Desk) -> None:
    elis = await World.hired(desk.world.house, "Elis")
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window_of(elis) as page:
        await page.goto(desk.path)
        await page.get_by_role("button", name="A colleague asked me to").click()
        await expect(page.get_by_text("Alva has this conversation.")).to_be_visible()
        await listening(page)
        desk.world.clock.advance(seconds=LASTS.total_seconds())
        await desk.world.text("är du där?")
        await page.wait_for_url("**/why", timeout=SOON)
        await expect(page.locator("main")).not_to_contain_text("är du där?")


async def test_an_open_page_closes_to_who_must_stay_away(desk: Desk) -> None:
    boss = await World.hired(desk.world.house, "Cia", Role.COORDINATOR)
    elis = await World.hired(desk.world.house, "Elis")
    async with desk.window_of(elis) as page, desk.window_of(boss) as other:
        await page.goto(desk.path)
        await listening(page)
        await other.goto(f"{desk.path}/away")
        await other.get_by_label("Who", exact=True).select_option(label="Elis")
        await other.get_by_role("button", name="Close it to them").click()
        await expect(other.locator("main")).to_contain_text("Said by Cia")
        await page.wait_for_url("**/away", timeout=SOON)
        await expect(page.locator("h1")).to_contain_text("You must stay away")
        await page.goto(f"{desk.base}/queue")
        await expect(page.locator(".kept-away")).to_contain_text("1 waits from which you must")
        await other.get_by_role("button", name="Lift it").click()
        await expect(other.locator("main")).to_contain_text("Nobody has to stay away")
        await page.goto(desk.path)
        await expect(page.locator("#talk")).to_be_visible()
