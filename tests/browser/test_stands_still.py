"""What comes by itself moves nothing under a finger; help is one press away."""

from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Locator, expect

from domain.member import Role
from handlers.ask_help import end_help
from handlers.step_in import join_talk, take_over
from handlers.take import take
from tests.browser.desk import PHONE, Desk
from tests.browser.everything import fits, is_clean
from tests.browser.test_axe import at_every_size
from tests.browser.test_desk import FRESH
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HAND: dict[str, Any] = PHONE | {"viewport": {"width": 390, "height": 844}}


async def place(thing: Locator) -> dict[str, float]:
    box = await thing.bounding_box()
    assert box is not None
    return {side: box[side] for side in ("x", "y", "width", "height")}


async def waiting(desk: Desk, count: int) -> list[UUID]:
    """So many more who wait."""
    for number in range(count):
        await desk.world.text("hej", f"+467017406{20 + number}")
    return [row.id for row in (await desk.world.queue()).waiting]


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_help_is_one_press_away_and_not_beside_send(desk: Desk, script: bool) -> None:
    world = desk.world
    await take(world.house, world.counsellor, desk.talk)
    async with desk.window(**HAND, java_script_enabled=script) as page:
        await page.goto(desk.path)
        ask = page.get_by_role("button", name="Ask for help")
        await expect(ask).to_be_in_viewport(ratio=1)
        at, send = await place(ask), await place(page.get_by_role("button", name="Send"))
        assert at["height"] >= 44
        assert send["y"] - (at["y"] + at["height"]) > 200
        await fits(page)
        await ask.tap()
        await expect(page.locator("#ask")).to_have_text("Asks for help")
        assert [row.id for row in (await world.queue()).help] == []  # their own is no news
    assert (await world.see(desk.talk)).help.asked_at is not None


async def test_an_open_page_on_a_phone_hears_who_helps_and_that_they_left(desk: Desk) -> None:
    world = desk.world
    bo = await World.hired(world.house, "Bo", Role.COORDINATOR)
    await take(world.house, world.counsellor, desk.talk)
    async with desk.window(**HAND) as page:
        await page.goto(desk.path)
        await expect(page.get_by_role("button", name="Ask for help")).to_be_visible()
        await join_talk(world.house, bo, desk.talk)
        await expect(page.locator("#ask")).to_have_text("Bo helps", timeout=FRESH)
        await end_help(world.house, world.counsellor, desk.talk)
        await expect(page.get_by_role("button", name="Ask for help")).to_be_visible(timeout=FRESH)
        await take_over(world.house, bo, desk.talk, world.counsellor.id)
        await expect(page.get_by_role("button", name="Ask for help")).to_have_count(
            0, timeout=FRESH
        )


@at_every_size
async def test_what_was_taken_over_is_seen_and_moves_nothing(
    desk: Desk, size: dict[str, Any]
) -> None:
    world, house = desk.world, desk.world.house
    bo = await World.hired(house, "Bo", Role.COORDINATOR)
    first = (await waiting(desk, 1))[-1]
    for talk in (desk.talk, desk.other):
        await take(house, world.counsellor, talk)
    async with desk.window(**size) as page:
        await page.goto(f"{desk.base}/queue")
        button = page.locator(f"#row-{first}").get_by_role("button", name="Take")
        before = await place(button)
        await take_over(house, bo, desk.talk, world.counsellor.id)
        told = page.get_by_role("heading", name="Bo has taken over one of your conversations")
        await expect(told).to_be_in_viewport(ratio=1, timeout=FRESH)
        assert await place(button) == before
        over = await place(page.locator(".told-over"))
        assert over["y"] + over["height"] <= before["y"]
        await is_clean(page)
        await fits(page)
        await take_over(house, bo, desk.other, world.counsellor.id)
        for left in (1, 0):  # one is shown at a time: the page before it has as many
            async with page.expect_navigation():
                await page.get_by_role("button", name="Understood").click()
            await expect(told).to_have_count(left)
        assert await place(button) == before


async def test_far_down_a_long_queue_it_is_seen_too(desk: Desk) -> None:
    world, house = desk.world, desk.world.house
    bo = await World.hired(house, "Bo", Role.COORDINATOR)
    await take(house, world.counsellor, desk.talk)
    last = (await waiting(desk, 8))[-1]
    async with desk.window(**HAND) as page:
        await page.goto(f"{desk.base}/queue")
        row = page.locator(f"#row-{last}")
        await row.scroll_into_view_if_needed()
        await page.evaluate("scrollBy({ top: 300, behavior: 'instant' })")
        before = await place(row)
        await take_over(house, bo, desk.talk, world.counsellor.id)
        told = page.get_by_role("heading", name="Bo has taken over one of your conversations")
        await expect(told).to_be_in_viewport(ratio=1, timeout=FRESH)
        assert await place(row) == before
        await page.get_by_role("button", name="Understood").tap()
        await expect(told).to_have_count(0)
