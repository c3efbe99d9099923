"""Looking at a contact's picture in a real browser: a warning, a press, and the policy holds."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from domain.message import Media
from handlers.receive import receive
from handlers.take import take
from senders.media import Fetched, Wanted
from simulator import picture
from tests.browser.conftest import one_loop
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.browser.serving import serving
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


class Kept:
    """A provider that has the picture."""

    async def fetch(self, wanted: Wanted) -> Fetched:
        return Fetched(picture.jpeg())

    async def close(self) -> None:
        """Nothing to close."""


@one_loop
async def desk(world: World, browser: Browser) -> AsyncIterator[Desk]:
    """A conversation in which the contact sent a picture."""
    world.house = replace(world.house, media=Kept())
    files = (Media("image/jpeg", provider_id="ME" + "0" * 32),)
    await receive(world.house, [world.message("titta", media=files)])
    talk = await world.only()
    await take(world.house, world.counsellor, talk)
    async with serving(world.house, "http://localhost") as base:
        yield Desk(world, base, browser, talk, talk)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scripted", [True, False], ids=["scripts", "no_scripts"])
async def test_a_picture_is_shown_after_the_warning_and_a_press(
    desk: Desk, size: dict[str, Any], scripted: bool
) -> None:
    async with desk.window(**size, java_script_enabled=scripted) as page:
        await page.goto(desk.path)
        button = page.get_by_role("button", name="Show the picture")
        await expect(button).to_be_hidden()
        await page.get_by_text("Show the picture…").click()
        await expect(page.get_by_text("It may show violence")).to_be_visible()
        await button.click()
        shown = page.get_by_role("img", name="The picture that the contact sent")
        await expect(shown).to_be_visible()
        await expect(shown).to_have_js_property("naturalWidth", 240)  # it has come
        box = await shown.bounding_box()
        assert box is not None
        assert box["width"] == pytest.approx(240, abs=1)
        await expect(page.get_by_text("Alva looked at a picture")).to_be_visible()
