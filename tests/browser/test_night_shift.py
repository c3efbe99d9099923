"""The demo's stage while a night shift is played: pagers beside the contact's phone, and a log."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.everything import fits, is_clean
from tests.demo import Demo, demo
from tests.test_night_shift import FAST

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(900),  # a demo takes minutes to begin on a busy machine
]

PATIENCE = 240_000
SIZES = ((1680, 980), (1280, 800), (375, 800))


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Demo]:
    with demo(tmp_path / "data", clock_speed=FAST) as made:
        yield made


async def ready(page: Page) -> None:
    """Every frame has loaded; axe looks into them."""
    await page.wait_for_load_state("load")
    for frame in page.frames:
        await frame.wait_for_load_state("load")


async def test_it_is_started_by_a_press_and_watched(shown: Demo, browser: Browser) -> None:
    context = await browser.new_context(locale="en-GB")
    page = await context.new_page()
    await page.goto(shown.found("All on one page"))
    pagers = page.get_by_role("region", name="The counsellors' pagers")
    await expect(pagers).to_be_hidden()
    await page.get_by_role("button", name="A night shift").click()
    await expect(pagers).to_be_visible()
    await expect(page.locator("#telegram")).to_be_hidden()
    log = page.get_by_role("log", name="The night")
    await expect(log).to_contain_text("Alva is on call and is paged", timeout=PATIENCE)
    await expect(log).to_contain_text("Elis writes to the contact", timeout=PATIENCE)
    await expect(log.get_by_role("listitem").first).to_have_text("02:10 Somebody writes.")
    for name in ("Alva", "Elis"):
        pager = page.frame_locator(f'iframe[title="{name}\'s pager"]')
        await expect(pager.get_by_text("P1 väntar på någon").first).to_be_visible()
    phone = page.frame_locator("#sms")
    await expect(phone.get_by_text("I am Elis")).to_be_visible(timeout=PATIENCE)
    await page.get_by_role("button", name="A relative").click()
    await expect(pagers).to_be_hidden()
    await expect(page.locator("#telegram")).to_be_visible()


async def test_without_a_script_it_is_all_there_and_in_every_light_clean(
    shown: Demo, browser: Browser
) -> None:
    context = await browser.new_context(
        locale="sv-SE",
        java_script_enabled=False,
    )
    page = await context.new_page()
    await page.goto(shown.found("All on one page"))
    await page.get_by_role("button", name="Ett nattpass").click()
    await expect(page.get_by_role("region", name="Rådgivarnas larmtelefoner")).to_be_visible()
    await expect(page.get_by_role("log", name="Natten")).to_contain_text("Någon skriver")
    address = page.url
    scripted = await browser.new_context(locale="sv-SE")
    page = await scripted.new_page()
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await page.goto(address)
        await ready(page)
        await is_clean(page)
        await fits(page)
