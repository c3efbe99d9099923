"""What is pressed while a text is on its way: it waits, and nothing goes that was not meant."""

import asyncio
from datetime import timedelta

import pytest
from playwright.async_api import expect

from domain.wall import on_the_wall
from handlers.take import take
from tests.browser.conftest import one_loop
from tests.browser.desk import Desk
from tests.browser.test_sending import held, written
from tests.browser.test_sent_as_pressed import type_and_press

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@one_loop(autouse=True)
async def mine(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)


async def test_a_later_text_waits_for_the_one_that_is_on_its_way(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", held(may_go))
        await page.get_by_text("Send later", exact=True).first.click()
        at = on_the_wall(desk.world.clock.now(), desk.world.house.zone) + timedelta(hours=2)
        await page.locator("#plan-at").fill(f"{at:%Y-%m-%dT%H:%M}")
        await type_and_press(page, "ett")
        await page.locator("button[formaction$='/plan']").click()
        async with page.expect_navigation():
            may_go.set()
        await expect(page.locator(".trouble").first).to_be_visible()
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports a 4xx
    assert await written(desk) == ["ett"]
    assert (await desk.world.see(desk.talk)).planned == ()


async def test_close_waits_for_the_text_that_is_on_its_way(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", held(may_go))
        await type_and_press(page, "hej då")
        await page.get_by_role("button", name="Release").click()
        await page.wait_for_timeout(300)
        assert page.url == desk.path
        async with page.expect_navigation():
            may_go.set()
        await page.wait_for_url("**/queue")
    assert await written(desk) == ["hej då"]


async def test_close_waits_also_while_a_draft_is_being_kept(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/draft", held(may_go))
        async with page.expect_request("**/draft"):
            await page.get_by_label("Reply").fill("hej då")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator("#draft")).to_have_text("Sending…")
        await page.get_by_role("button", name="Release").click()
        may_go.set()
        await page.wait_for_url("**/queue")
    assert await written(desk) == ["hej då"]


async def test_enter_beside_the_hour_sends_nothing_now(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("god morgon")
        await page.get_by_text("Send later", exact=True).first.click()
        at = on_the_wall(desk.world.clock.now(), desk.world.house.zone) + timedelta(hours=2)
        await page.locator("#plan-at").fill(f"{at:%Y-%m-%dT%H:%M}")
        async with page.expect_navigation():
            await page.locator("#plan-at").press("Enter")
        await expect(page.get_by_label("Reply")).to_have_value("")
    assert await written(desk) == []
    assert [plan.body for plan in (await desk.world.see(desk.talk)).planned] == ["god morgon"]
