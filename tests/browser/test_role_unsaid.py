"""What somebody sees of whom nothing says which role they were given: for everybody."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.browser.test_axe import clean
from tests.test_role_raised import forgotten

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_queue_says_what_is_to_be_done(
    desk: Desk, size: dict[str, Any], scheme: str
) -> None:
    async with desk.window(**size, color_scheme=scheme) as page:
        await forgotten(desk.world.house, desk.world.counsellor.id)
        await clean(desk, page, "/queue")
        await page.goto(f"{desk.base}/queue")
        told = page.get_by_text('utvag staff role "Alva" --role ROLE')
        await expect(told).to_be_visible()
