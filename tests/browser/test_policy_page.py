"""Whom a line pages, in a browser: written on a phone, by keyboard, without a script."""

from typing import Any

import pytest
from playwright.async_api import expect

from handlers.pagers import add_pager
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.browser.everything import fits, is_clean
from tests.browser.rota_scene import a_coordinator, with_a_rota

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_every_page_of_it_is_clean_and_fits(desk: Desk, size: dict[str, Any]) -> None:
    bo = await a_coordinator(desk.world)
    await with_a_rota(desk.world, bo)
    async with desk.window_of(bo, **size) as page:
        await page.goto(f"{desk.base}/paging")
        await is_clean(page)
        await fits(page)
        await page.get_by_role("link", name="Change P1").click()
        await expect(page.get_by_label("The first step again")).to_be_visible()
        await is_clean(page)
        await fits(page)
        await page.get_by_label("After minutes").first.fill("99")
        await page.get_by_label("The first step again").fill("")
        await page.get_by_role("button", name="Show what would happen").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports the 422
        await is_clean(page)
        await fits(page)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
async def test_a_coordinator_changes_it_on_a_phone_by_keyboard(desk: Desk, script: bool) -> None:
    bo = await a_coordinator(desk.world)
    await add_pager(desk.world.house, bo.name, "+46701740653", verified=True)
    async with desk.window_of(bo, **(PHONE | {"java_script_enabled": script})) as page:
        await page.goto(f"{desk.base}/rota")
        await page.get_by_role("link", name="Who is paged").click()
        await page.get_by_role("link", name="Change P3").click()
        await page.locator("#after0").fill("10")
        await page.locator("#whom0").select_option("primary")
        await page.get_by_role("button", name="Show what would happen").press("Enter")
        would = page.get_by_role("region", name="This would happen")
        await expect(would).to_contain_text("After 10 min: the primary.")
        await page.get_by_role("button", name="Save").press("Enter")
        await page.wait_for_url("**/paging/*#P3")
        changes = page.get_by_role("region", name="What was changed")
        await expect(changes).to_contain_text("New: After 10 min: the primary.")
        await fits(page)
