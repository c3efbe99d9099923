"""The desk of a line that was restored and is not let write yet says so, and hears when it is."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from handlers.let_write import let_write
from handlers.take import take
from storage import backup_marks
from storage.backup_marks import Kind, Mark
from tests.browser.desk import Desk
from tests.browser.test_axe import at_every_size, clean

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
HELD = "This line was restored from a back-up."


async def restored(desk: Desk) -> None:
    """The counsellor has a conversation."""
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    now = desk.world.clock.now()
    async with desk.world.house.db.write() as tx:
        await backup_marks.put(tx, Mark(Kind.RESTORE, now, now))


@at_every_size
async def test_the_queue_and_the_reply_box_say_that_answers_are_held(
    desk: Desk, size: dict[str, Any]
) -> None:
    await restored(desk)
    async with desk.window(**size) as page:
        for path in ("/queue", desk.path):
            await page.goto(f"{desk.base}{path}" if path == "/queue" else path)
            await expect(page.get_by_text(HELD)).to_be_visible()
            if shots := os.environ.get("SHOTS"):
                name = f"{path.rpartition('/')[2][:5]}-{size['viewport']['width']}.png"
                await page.screenshot(path=Path(shots) / name)
        await clean(desk, page, "/queue", f"/conversations/{desk.talk}")


async def test_open_pages_hear_that_it_may_write_again(desk: Desk) -> None:
    await restored(desk)
    async with desk.window() as page:
        await page.goto(desk.path)
        await expect(page.get_by_text(HELD)).to_be_visible()
        await let_write(desk.world.house)
        await expect(page.get_by_text(HELD)).to_have_count(0)
