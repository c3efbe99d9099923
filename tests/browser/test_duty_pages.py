"""What must be reported: raised and closed by keyboard, clean in every light, without a script."""

from typing import Any

import pytest
from playwright.async_api import expect

from domain.duty import Kind, Within
from domain.member import Role
from handlers.raise_duty import raise_duty
from handlers.take import take
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.browser.everything import fits, is_clean
from tests.browser.test_axe import clean
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

at_every_size = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
SCRIPT = "<script>document.title='x'</script><img src=x onerror=alert(1)>"


@at_every_size
async def test_every_page_with_a_duty_is_clean(desk: Desk, size: dict[str, Any]) -> None:
    world = desk.world
    await take(world.house, world.counsellor, desk.talk)
    await raise_duty(world.house, world.counsellor, desk.talk, Kind.CHILD, Within.HOUR, SCRIPT)
    world.clock.advance(hours=2)
    duty = (await world.queue()).duties[0]
    cia = await World.hired(world.house, "Cia", Role.COORDINATOR)
    talk = f"/conversations/{desk.talk}"
    pages = [f"{talk}/duty", f"/duties/{duty.id}", "/queue", talk, f"{talk}#about", "/shift/end"]
    async with desk.window(**size) as page:
        await clean(desk, page, *pages, f"{talk}/handover")
        await page.goto(f"{desk.base}/duties/{duty.id}")
        await expect(page.get_by_text(SCRIPT)).to_be_visible()
        assert "x" not in await page.title()
    async with desk.window_of(cia, **size) as page:
        await clean(desk, page, "/board")


@at_every_size
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
async def test_it_is_raised_and_closed_by_keyboard(
    desk: Desk, size: dict[str, Any], script: bool
) -> None:
    async with desk.window(**size, java_script_enabled=script) as page:
        await page.goto(f"{desk.base}/conversations/{desk.talk}")
        to_about = page.get_by_role("link", name="Contact", exact=True)
        if await to_about.is_visible():  # on a phone one pane shows at a time
            await to_about.press("Enter")
        await page.get_by_role("link", name="Raise a duty to report").press("Enter")
        await page.get_by_label("What is it about?").select_option("child")
        await page.get_by_label("What have you seen?").fill(SCRIPT)
        async with page.expect_navigation():
            await page.get_by_role("button", name="Raise").press("Enter")
        await page.goto(f"{desk.base}/queue")
        listed = page.locator(".duties")
        await expect(listed).to_contain_text("Concern for a child")
        await listed.get_by_role("link", name="Open").press("Enter")
        await expect(page.get_by_text(SCRIPT)).to_be_visible()
        await page.locator("#why").fill(" ")
        await page.get_by_role("button", name="Close without a report").press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("how you have assessed it")
        if script:
            await is_clean(page)
            await fits(page)
        await page.get_by_label("To whom?").select_option("social_services")
        await page.get_by_role("button", name="It has been reported").press("Enter")
        await expect(page.get_by_text("Closed by Alva")).to_be_visible()
        if script:
            await is_clean(page)
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports the 422
        await page.goto(f"{desk.base}/queue")
        await expect(page.locator(".duties")).to_have_count(0)
