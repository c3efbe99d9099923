"""A page that is open while its member is given another role, in a real browser."""

import pytest
from playwright.async_api import expect

from domain.member import Role
from handlers.give_role import give_role
from handlers.take import take
from tests.browser.desk import Desk
from tests.browser.everything import is_clean
from tests.browser.test_live import SOON, listening, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_whoever_reads_no_more_is_led_away_from_the_conversation(desk: Desk) -> None:
    house = desk.world.house
    await take(house, desk.world.counsellor, desk.talk)
    async with desk.window() as page:
        await page.goto(desk.path)
        await listening(page)
        await give_role(house, desk.world.counsellor.name, Role.REPORTER)
        desk.world.clock.advance(seconds=60)
        await expect(page).to_have_url(f"{desk.base}/queue", timeout=SOON)
        await expect(page.locator("#thread")).to_have_count(0)
        await listening(page)
        await is_clean(page)
        await page.go_back()
        await expect(page.locator("#thread")).to_have_count(0)
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports the 403


async def test_whoever_may_do_more_stays_where_they_are_with_what_they_were_writing(
    desk: Desk,
) -> None:
    house = desk.world.house
    await take(house, desk.world.counsellor, desk.talk)
    async with desk.window() as page:
        await page.goto(desk.path)
        await listening(page)
        await page.get_by_label("Reply").fill("jag läser och")
        await give_role(house, desk.world.counsellor.name, Role.COORDINATOR)
        async with page.expect_navigation(timeout=SOON):
            desk.world.clock.advance(seconds=60)
        await expect(page).to_have_url(desk.path)
        await expect(page.get_by_label("Reply")).to_have_value("jag läser och")
        await expect(
            page.locator('nav a[href="/board"], header a[href="/board"]').first
        ).to_be_attached()
        await listening(page)


async def test_a_window_that_was_hidden_while_the_role_changed_shows_the_new_one(
    desk: Desk,
) -> None:
    house = desk.world.house
    await give_role(house, desk.world.counsellor.name, Role.COORDINATOR)
    async with desk.window() as page:
        await page.goto(f"{desk.base}/board")
        await listening(page)
        await page.evaluate("() => { paused = true; stream.reader.cancel(); }")
        await until(page, "!stream")
        await give_role(house, desk.world.counsellor.name, Role.REPORTER)
        await page.evaluate("() => show()")
        await expect(page).to_have_url(f"{desk.base}/queue", timeout=SOON)
        await listening(page)
        await expect(page.locator("#board")).to_have_count(0)
