"""The head of a conversation on a phone: what is known stands in three rows, in words."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import expect

from handlers.take import take
from staff.words import words
from storage import conversations, events
from storage.events import Event
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.browser.everything import fits, is_clean
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ROWS = """(head) => {
  const middles = [...head.querySelectorAll(".chip, .alias, .head-reason, .tag, button, a")]
    .flatMap((each) => [...each.getClientRects()])
    .map((box) => (box.top + box.bottom) / 2).sort((a, b) => a - b);
  return middles.filter((each, n) => n === 0 || each - middles[n - 1] > 8).length;
}"""
"""How many rows there are: what begins or goes on at one height is one."""

THREE = (
    ("under_18", "wants_call", "may_write"),
    ("was_blocked", "under_18", "not_answerable"),
    ("delete_requested", "writes_later", "was_blocked"),
)


async def marked(world: World, talk: UUID, *marks: str) -> None:
    async with world.house.db.write() as tx:
        found = await conversations.by_id(tx, talk)
        assert found is not None
        await conversations.save(tx, [replace(found, marks=marks)])
        await events.add(tx, [Event(talk, "changed", world.clock.now())])


@pytest.mark.parametrize(("locale", "language"), [("sv-SE", "sv"), ("en-GB", "en")])
async def test_three_marks_take_three_rows_and_lose_no_word(
    desk: Desk, locale: str, language: str
) -> None:
    world = desk.world
    await take(world.house, world.counsellor, desk.talk)
    async with desk.window(**PHONE, locale=locale) as page:
        for marks in THREE:
            await marked(world, desk.talk, *marks)
            await page.goto(desk.path)
            head = page.locator(".talk-head")
            for mark in marks:
                said = words(language).code("mark", mark)
                await expect(head.get_by_text(said, exact=True)).to_be_in_viewport(ratio=1)
            for button in (head.get_by_role("button"), head.get_by_role("link")):
                box = await button.bounding_box()
                assert box is not None
                assert box["height"] >= 44
            assert await head.evaluate(ROWS) <= 3
            await is_clean(page)
            await fits(page)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_a_mark_that_comes_while_the_page_is_open_stands_there(
    desk: Desk, size: dict[str, Any]
) -> None:
    world = desk.world
    await take(world.house, world.counsellor, desk.talk)
    async with desk.window(**size) as page:
        await page.goto(desk.path)
        head = page.locator(".talk-head")
        await expect(head.locator(".tag")).to_have_count(0)
        await marked(world, desk.talk, "under_18")
        await expect(head.locator(".tag")).to_have_text("Under 18: duty to report")
        assert await head.evaluate(ROWS) <= 3
        await is_clean(page)
