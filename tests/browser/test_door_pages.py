"""Limits and blocks: for everybody, in both lights, with and without a script."""

from typing import Any

import pytest
from playwright.async_api import expect

from domain.access import Role
from domain.flood import FROM
from handlers.receive import receive
from handlers.step_triage import step_triage
from tests.browser.desk import Desk
from tests.browser.test_axe import at_every_size, clean
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def flood(desk: Desk) -> None:
    world = desk.world
    for number in range(20, 20 + FROM):
        await receive(world.house, [world.message("tja", f"+467017406{number}")])
    world.clock.advance(seconds=3)
    while await step_triage(world.house):
        pass


@at_every_size
async def test_the_pages_of_the_door(desk: Desk, size: dict[str, Any]) -> None:
    boss = await World.hired(desk.world.house, "Cia", Role.COORDINATOR)
    await flood(desk)
    async with desk.window_of(boss, **size) as page:
        await clean(desk, page, "/limits", "/blocks", f"/conversations/{desk.talk}/blocking")
        await page.goto(f"{desk.base}/queue")
        await expect(page.locator(".flood summary")).to_contain_text(f"{FROM} new, alike")
        await clean(desk, page, "/queue")
        await page.locator(".flood summary").click()
        await expect(page.locator(".flood .row")).to_have_count(FROM)


@pytest.mark.parametrize("script", [True, False])
async def test_a_sender_is_blocked_and_the_block_lifted(desk: Desk, script: bool) -> None:
    boss = await World.hired(desk.world.house, "Cia", Role.COORDINATOR)
    async with desk.window_of(boss, java_script_enabled=script) as page:
        await page.goto(desk.path)
        await page.get_by_role("link", name="Block the sender").click()
        await page.get_by_label("Reason").select_option("threats")
        await page.get_by_label("For how long").select_option("week")
        await page.get_by_role("button", name="Block").click()
        await expect(page.get_by_role("heading", name="Blocked senders")).to_be_visible()
        await expect(page.locator("main")).to_contain_text("Threats")
        await page.get_by_role("button", name="Lift").click()
        await expect(page.locator("main")).to_contain_text("Lifted by Cia")


async def test_limits_are_changed_and_a_wrong_number_is_said(desk: Desk) -> None:
    boss = await World.hired(desk.world.house, "Cia", Role.COORDINATOR)
    async with desk.window_of(boss, java_script_enabled=False) as page:
        await page.goto(f"{desk.base}/limits")
        await page.get_by_label("Text message parts an hour").fill("90")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator("main")).to_contain_text("of 90 text message parts")
