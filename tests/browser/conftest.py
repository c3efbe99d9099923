"""A browser for the desk's tests."""

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserType, async_playwright, expect

from handlers.house import House
from handlers.scripts import Scripts
from tests.browser.desk import Desk
from tests.browser.scene import Scene, scene_of
from tests.browser.serving import serving
from tests.clock import Clock
from tests.world import World, house_on

CHROMIUM = shutil.which(os.environ.get("UTVAG_CHROMIUM") or "chromium")
one_loop = partial(pytest_asyncio.fixture, loop_scope="session")
"""In the loop in which the browser lives on from test to test; so are the tests themselves."""

expect.set_options(timeout=20_000)  # a machine that is busy decides no test

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@one_loop
async def house(database_url: str, clock: Clock, scripts: Scripts) -> AsyncIterator[House]:
    async with house_on(database_url, clock, scripts) as made:
        yield made


@one_loop
async def world(house: House, clock: Clock) -> World:
    return await World.begun(house, clock)


@one_loop
async def scene(world: World) -> AsyncIterator[Scene]:
    async with scene_of(world) as made:
        yield made


@dataclass
class Chromium:
    """One that all tests of a process use; another one should it have died."""

    program: BrowserType
    running: Browser | None = None

    async def browser(self) -> Browser:
        if not (self.running and self.running.is_connected()):
            self.running = await self.program.launch(executable_path=CHROMIUM, args=SWITCHES)
        return self.running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _chromium() -> AsyncIterator[Chromium]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install Debian's package chromium")
    async with async_playwright() as playwright:
        made = Chromium(playwright.chromium)
        yield made
        if made.running:
            await made.running.close()


@one_loop
async def browser(_chromium: Chromium) -> AsyncIterator[Browser]:
    """Without a window that another test opened."""
    running = await _chromium.browser()
    yield running
    for left in running.contexts:
        await left.close()


@one_loop
async def desk(world: World, browser: Browser) -> AsyncIterator[Desk]:
    """Two conversations wait: one in which it is safe to write, one in which nobody knows."""
    for text in ("hej", "1", "3"):
        await world.text(text)
    talk = await world.only()
    await world.text("hallå", "+46701740611")
    other = next(row.id for row in (await world.queue()).waiting if row.id != talk)
    async with serving(world.house, "http://localhost") as base:
        yield Desk(world, base, browser, talk, other)
