"""The pictures of the rota: a week and a month of a line with shifts, leave and a gap.

    .venv/bin/python -m tests.browser.pictures_rota

`make pictures` makes them too. Its clock stands still, so that they change only with the page.
"""

import asyncio
import tempfile

from playwright.async_api import Browser, async_playwright

from domain.member import Member
from handlers.house import House
from handlers.scripts import Scripts
from staff.visit import SESSION_COOKIE
from storage.schema import migrate
from tests.browser.conftest import CHROMIUM, SWITCHES
from tests.browser.looks import IMAGES, LOOKS, NARROW, Look
from tests.browser.rota_scene import a_coordinator, with_a_rota
from tests.browser.serving import serving, session_of
from tests.clock import Clock
from tests.world import World, house_on

VIEWS = {"week": "/rota", "month": "/rota?view=month"}


async def make() -> None:
    """Make them anew."""
    with tempfile.TemporaryDirectory() as folder:
        url, clock = f"sqlite+aiosqlite:///{folder}/rota.sqlite3", Clock()
        await migrate(url)
        async with house_on(url, clock, Scripts()) as house:
            world = await World.made(house, clock)
            bo = await a_coordinator(world)
            await with_a_rota(world, bo)
            async with serving(house, "http://localhost") as base, async_playwright() as program:
                browser = await program.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
                for look in LOOKS:
                    await pictures(browser, base, house, bo, look)
                await browser.close()


async def pictures(browser: Browser, base: str, house: House, bo: Member, look: Look) -> None:
    """Both views, as a coordinator sees them."""
    width, height = look.size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=look.scheme, locale="en-GB"
    )
    token = await session_of(house, bo)
    cookie = {"name": SESSION_COOKIE, "value": token, "url": base, "httpOnly": True}
    await context.add_cookies([cookie])  # type: ignore[list-item] # a dict with these keys
    page = await context.new_page()
    for name, path in VIEWS.items():
        await page.goto(base + path)
        await page.wait_for_load_state("load")
        if look.size == NARROW:  # the gaps stand above the days, and fill the screen
            await page.locator("#shown-title").evaluate("it => it.scrollIntoView()")
        await page.screenshot(path=IMAGES / f"rota-{name}-{look.name}.png")
    await context.close()


if __name__ == "__main__":
    asyncio.run(make())
