"""The log and who read what: for coordinators, in both lights, with and without a script."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from domain.access import Role
from handlers.find import ask
from handlers.see_conversation import see_conversation
from tests.browser.desk import Desk
from tests.browser.test_axe import at_every_size, clean
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def read(desk: Desk) -> None:
    house, alva = desk.world.house, desk.world.counsellor
    for talk in (desk.talk, desk.other, desk.talk):
        await see_conversation(house, alva, talk)
        desk.world.clock.advance(minutes=4)
    await ask(house, alva, "hejsan")


@at_every_size
async def test_the_pages_of_the_log(desk: Desk, size: dict[str, Any]) -> None:
    boss = await World.hired(desk.world.house, "Cia", Role.COORDINATOR)
    await read(desk)
    async with desk.window_of(boss, **size) as page:
        await clean(desk, page, "/audit", f"/audit?talk={desk.talk}&what=read", "/audit/day")
        await page.goto(f"{desk.base}/audit/day?day=2001-01-01")
        await expect(page.locator("main")).to_contain_text("Nobody opened a conversation")


@pytest.mark.parametrize("script", [True, False])
async def test_somebody_looks_for_what_was_read_and_takes_it_out(
    desk: Desk, script: bool, tmp_path: Path
) -> None:
    boss = await World.hired(desk.world.house, "Cia", Role.COORDINATOR)
    await read(desk)
    async with desk.window_of(boss, java_script_enabled=script) as page:
        await page.goto(f"{desk.base}/queue")
        await page.locator(".menu summary").click()
        await page.get_by_role("link", name="Settings").click()
        await page.get_by_role("link", name="Log", exact=True).click()
        await page.get_by_text("Choose what to see").click()
        await page.get_by_label("Who", exact=True).select_option(label="Alva")
        await page.get_by_label("What", exact=True).select_option("read")
        await page.get_by_role("button", name="Show").click()
        await expect(page.locator(".logged li")).to_have_count(4)
        await page.get_by_role("button", name="Look through all entries").click()
        await expect(page.locator("main")).to_contain_text("are as they were written")
        async with page.expect_download() as caught:
            await page.get_by_role("button", name="Take out everything").click()
        await (await caught.value).save_as(tmp_path / "log")
        assert (tmp_path / "log").read_text("utf-8").count("\n") > 4
        await page.get_by_role("link", name="Who read what").click()
        await expect(page.get_by_role("heading", name="Alva")).to_be_visible()
        await expect(page.locator(".read li")).to_have_count(2)
