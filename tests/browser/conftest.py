"""A browser for the desk's tests."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.desk import Desk
from tests.browser.serving import serving
from tests.world import World

CHROMIUM = shutil.which(os.environ.get("UTVAG_CHROMIUM") or "chromium")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install Debian's package chromium")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield started
        await started.close()


@pytest.fixture
async def desk(world: World, browser: Browser) -> AsyncIterator[Desk]:
    """Two conversations wait: one in which it is safe to write, one in which nobody knows."""
    for text in ("hej", "1", "3"):
        await world.text(text)
    talk = await world.only()
    await world.text("hallå", "+46701740611")
    other = next(row.id for row in (await world.queue()).waiting if row.id != talk)
    async with serving(world.house, "http://localhost") as base:
        yield Desk(world, base, browser, talk, other)
