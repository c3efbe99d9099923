"""How long what is kept: for everybody, in both lights, by keyboard, with and without a script."""

from typing import Any

import pytest
from playwright.async_api import expect

from domain.access import Role
from tests.aging import after, was_here
from tests.browser.desk import Desk
from tests.browser.everything import fits, is_clean
from tests.browser.test_axe import at_every_size, clean
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@at_every_size
async def test_the_page_its_preview_and_a_wrong_number(desk: Desk, size: dict[str, Any]) -> None:
    await was_here(desk.world, "+46701740640", note="ring")
    await after(desk.world, 60)
    boss = await World.hired(desk.world.house, "Cia", Role.COORDINATOR)
    async with desk.window_of(boss, **size) as page:
        await clean(desk, page, "/retention")
        notes = page.get_by_label("Days, Internal notes")
        await notes.fill("30")
        await notes.press("Enter")
        await expect(page.locator("#would")).to_contain_text("Would go next time: 1 note.")
        await is_clean(page)
        await fits(page)
        await page.get_by_label("Days, Internal notes").fill("3")
        await page.get_by_role("button", name="See what would go").press("Enter")
        await expect(page.locator("#notes-wrong")).to_contain_text("at least 30 days")
        await is_clean(page)


@pytest.mark.parametrize("script", [True, False])
async def test_it_is_decided_with_its_numbers(desk: Desk, script: bool) -> None:
    await was_here(desk.world, "+46701740640", note="ring")
    await after(desk.world, 60)
    boss = await World.hired(desk.world.house, "Cia", Role.COORDINATOR)
    async with desk.window_of(boss, java_script_enabled=script) as page:
        await page.goto(f"{desk.base}/retention")
        await page.get_by_label("Days, Internal notes").fill("30")
        await page.get_by_role("button", name="See what would go").click()
        await expect(page.locator("#would")).to_contain_text("365 days become 30.")
        await page.get_by_role("button", name="Apply").click()
        await expect(page.locator(".told")).to_contain_text("from the next night")
        await expect(page.locator("main")).to_contain_text("Internal notes: 30 days.")
        await expect(page.get_by_label("Days, Internal notes")).to_have_value("30")
