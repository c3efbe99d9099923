"""The line's process is killed under an open page and started again: nothing is missed by it."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.test_end_to_end import GREET, Stage, bubble, take_button, waiting
from tests.browser.test_live import until
from tests.process import machines
from tests.test_kill import text_while_down
from tests.world import PHONE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(600),
]

OTHER = "+46701740620"
BACK = 60_000
"""Milliseconds; the line has started again by then and has listed what it missed."""

LOST = re.compile(r"net::ERR_|^htmx: htmx:(sse:)?error: (network error|.*Failed to fetch)")
"""What a browser says of a line that is not there."""


async def test_after_kill_9_an_open_page_says_since_when_and_catches_up_without_a_reload(
    tmp_path: Path, browser: Browser
) -> None:
    with machines(tmp_path) as made:
        provider = made.provider("--sent-after", "0.05", "--delivered-after", "0.1")
        line = made.serve()
        stage = Stage(made, provider.address, browser)
        phone = await stage.phone()
        await phone.write("hej")
        await phone.shows(GREET)
        desk = await stage.counsellor("Alva")
        await take_button(desk).click()
        await expect(bubble(desk, GREET)).to_be_visible()
        await until(desk, "up && heardAt > 0")
        await desk.evaluate("window.opened = 'once'")
        await desk.get_by_label("Internal note").fill("en anteckning")
        assert stage.problems == []

        await asyncio.to_thread(line.kill)
        said = desk.locator("#connection")
        await expect(said).to_have_text(re.compile(r"^Offline since \d\d:\d\d"), timeout=BACK)
        await text_while_down(provider, PHONE, "är du där?")
        await text_while_down(provider, OTHER, "hallå")
        await asyncio.to_thread(made.serve)

        await expect(bubble(desk, "är du där?")).to_be_visible(timeout=BACK)
        await expect(desk.locator("#waiting li")).to_have_count(1, timeout=BACK)
        await expect(said).to_be_empty(timeout=BACK)
        await phone.write("nu går det igen")
        await expect(bubble(desk, "nu går det igen")).to_be_visible(timeout=BACK)
        assert await desk.evaluate("window.opened") == "once"
        await expect(desk.get_by_label("Internal note")).to_have_value("en anteckning")
        assert await waiting(desk).count() == 0  # the rows beside a conversation have no Take
        assert [one for one in stage.problems if not LOST.search(one)] == []
