"""Who cannot be woken, and who was paged: clean for everybody, and open where it was opened."""

from typing import Any

import pytest
from playwright.async_api import expect

from domain.member import Role
from handlers.take import take
from tests.browser.desk import Desk
from tests.browser.everything import fits, is_clean
from tests.browser.test_axe import at_every_size, clean
from tests.browser.test_desk import FRESH
from tests.test_on_call import goes_by_a_rota
from tests.test_own_ways import ALVAS, OTHER, added
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import PHONE, World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def paged_thrice(desk: Desk) -> Tower:
    """Alva was paged about a P1 again and again."""
    tower = Tower(desk.world)
    await tower.paged("Alva", ALVAS)
    await desk.world.text(WORDS, PHONE)
    for _ in range(3):
        await tower.tick(minutes=2)
    return tower


@at_every_size
async def test_that_nothing_can_wake_somebody(desk: Desk, size: dict[str, Any]) -> None:
    world = desk.world
    await goes_by_a_rota(world, (-1, 30))
    await added(Tower(world), OTHER)
    bo = await World.hired(world.house, "Bo", Role.COORDINATOR)
    async with desk.window(**size) as page:
        await clean(desk, page, "/queue", "/ways")
        await page.goto(f"{desk.base}/queue")
        banner = page.locator("#unwakable")
        await expect(banner).to_be_in_viewport(ratio=1)
        await banner.get_by_role("link").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/ways")
    async with desk.window_of(bo, **size) as page:
        await clean(desk, page, "/board")
        for part in ("unwakable", "asked-codes"):
            await expect(page.locator(f"#{part}")).to_be_visible()


@at_every_size
async def test_pages_that_are_folded_into_one_line(desk: Desk, size: dict[str, Any]) -> None:
    await paged_thrice(desk)
    async with desk.window(**size) as page:
        await clean(desk, page, f"/conversations/{desk.talk}")
        line = page.locator("details.rung summary")
        await expect(line).to_contain_text("Alva was paged 3 times")
        await line.click()
        await expect(page.locator("details.rung li").first).to_be_visible()
        await is_clean(page)
        await fits(page)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
async def test_what_was_opened_in_the_thread_stays_open_as_it_goes_on(desk: Desk, by: str) -> None:
    world, tower = desk.world, await paged_thrice(desk)
    async with desk.window() as page:
        await page.goto(desk.path)
        rung = page.locator("details.rung")
        line = rung.locator("summary")
        if by == "mouse":
            await line.click()
        else:
            await line.focus()
            await page.keyboard.press("Enter")
        await expect(rung).to_have_attribute("open", "")
        await tower.tick(minutes=2)
        await expect(line).to_contain_text("paged 4 times", timeout=FRESH)
        await expect(rung.locator("li").first).to_be_visible()
        await world.text("är du där?", PHONE)
        await expect(page.locator(".thread")).to_contain_text("är du där?", timeout=FRESH)
        await take(world.house, world.counsellor, desk.talk)
        await expect(page.locator(".thread")).to_contain_text("Alva took", timeout=FRESH)
        await expect(rung.locator("li").first).to_be_visible()
        await line.click()
        await expect(rung.locator("li").first).to_be_hidden()
        await world.text("hallå", PHONE)
        await expect(page.locator(".thread")).to_contain_text("hallå", timeout=FRESH)
        await expect(rung.locator("li").first).to_be_hidden()
