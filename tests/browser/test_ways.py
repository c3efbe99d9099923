"""The page of one's own ways in a browser: every look, and by keyboard."""

from typing import Any

import pytest
from playwright.async_api import expect

from handlers.pagers import add_pager, try_way
from handlers.see_ways import see_ways
from senders.sender import Refused
from tests.browser.desk import Desk
from tests.browser.everything import fits, is_clean
from tests.browser.test_axe import at_every_size
from tests.browser.test_team import window
from tests.team import proves, with_pair
from tests.tower import Tower

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ALVAS, OTHER, THIRD = "+46701740650", "+46701740651", "+46701740652"


async def several(desk: Desk) -> Tower:
    """One that works, one that does not, one that nobody has confirmed."""
    world, tower = desk.world, Tower(desk.world)
    await add_pager(world.house, "Alva", ALVAS, verified=True)
    await add_pager(world.house, "Alva", OTHER, verified=True)
    await add_pager(world.house, "Alva", THIRD, verified=False)
    first, second, _ = (await see_ways(world.house, world.counsellor)).ways
    await try_way(world.house, world.counsellor, first.way.id)
    await try_way(world.house, world.counsellor, second.way.id)
    tower.answers[OTHER] = Refused(30003)
    await tower.tick()
    return tower


@at_every_size
async def test_every_look_of_it(desk: Desk, size: dict[str, Any]) -> None:
    async with desk.window(**size) as page:
        for _ in range(2):
            await page.goto(f"{desk.base}/ways")
            await is_clean(page)
            await fits(page)
            if await page.locator(".ways").count() == 0:
                await several(desk)
        for button in ("Move up", "Remove"):
            await page.goto(f"{desk.base}/ways")
            await page.get_by_role("link", name=button).first.click()
            await expect(page.get_by_role("link", name="Back to how you are paged")).to_be_visible()
            await is_clean(page)
            await fits(page)


async def test_by_keyboard_it_is_put_in_order_and_an_answer_is_seen_by_itself(desk: Desk) -> None:
    tower = await several(desk)
    alva = await with_pair(desk.world.house, desk.world.counsellor)
    phrase = await proves(alva)
    async with window(desk, alva) as page:
        await page.goto(f"{desk.base}/ways")
        await page.get_by_role("link", name="Move up").first.focus()
        await page.keyboard.press("Enter")
        await page.get_by_label("Your passphrase, so that nobody changes this for you").focus()
        await page.keyboard.type(phrase)
        await page.keyboard.press("Enter")
        await expect(page.locator(".ways li").first).to_contain_text("0651")
        await expect(page.get_by_text("was sent at")).to_be_visible()
        code = next(body for number, body in tower.heard if number == ALVAS)[-4:]
        await tower.answer(ALVAS, code)
        await expect(page.get_by_text("was acknowledged at")).to_be_visible()
