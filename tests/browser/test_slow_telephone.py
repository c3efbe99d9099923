"""Before the scripts come, on a slow telephone: what is typed and pressed is not lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect

from handlers.seen import Noted
from handlers.take import take
from tests.browser.conftest import one_loop
from tests.browser.desk import PHONE, Desk
from tests.browser.test_sending import held, written

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@one_loop(autouse=True)
async def mine(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)


@asynccontextmanager
async def slow(desk: Desk) -> AsyncIterator[tuple[Page, asyncio.Event]]:
    """At the conversation, before any script has come; they come with the event."""
    come = asyncio.Event()
    async with desk.window(service_workers="block", **PHONE) as page:
        await page.route("**/static/*.js*", held(come))
        await page.goto(desk.path, wait_until="commit")
        await page.get_by_label("Reply").wait_for()
        yield page, come
        come.set()


async def test_words_sent_before_the_scripts_came_go_once_and_the_note_stays(desk: Desk) -> None:
    async with slow(desk) as (page, come):
        await page.get_by_label("Reply").fill("ett")
        await page.get_by_label("Internal note").fill("en halv anteckning")
        await page.get_by_role("button", name="Send", exact=True).tap()
        await expect(page.locator(".by-counsellor .body")).to_have_text(["ett"])
        come.set()
        await expect(page.get_by_label("Reply")).to_have_value("")
        await expect(page.get_by_label("Internal note")).to_have_value("en halv anteckning")
    assert await written(desk) == ["ett"]


async def test_a_note_saved_before_the_scripts_came_leaves_the_reply(desk: Desk) -> None:
    async with slow(desk) as (page, come):
        await page.get_by_label("Reply").fill("inte färdig")
        await page.get_by_label("Internal note").fill("kort")
        await page.get_by_role("button", name="Save note").tap()
        await expect(page.locator(".noted")).to_contain_text("kort")
        come.set()
        await expect(page.get_by_label("Reply")).to_have_value("inte färdig")
    thread = (await desk.world.see(desk.talk)).thread
    assert [item.body for item in thread if isinstance(item, Noted)] == ["kort"]


@pytest.mark.parametrize("place", ["#suggested", ".ready-box"])
async def test_a_ready_text_chosen_before_the_scripts_came_goes_after_the_words_typed(
    desk: Desk, place: str
) -> None:
    async with slow(desk) as (page, come):
        await page.get_by_label("Reply").fill("Hej igen.")
        await page.get_by_label("Internal note").fill("en halv anteckning")
        if place == ".ready-box":
            await page.locator("details.ready summary").tap()
        chosen = page.locator(f"{place} [data-text]").first
        text = await chosen.get_attribute("data-text")
        await chosen.tap()
        await expect(page.get_by_label("Reply")).to_have_value(f"Hej igen.\n{text}")
        await expect(page.get_by_label("Internal note")).to_have_value("en halv anteckning")
        come.set()
        await page.wait_for_load_state("load")
        await expect(page.get_by_label("Reply")).to_have_value(f"Hej igen.\n{text}")
    assert await written(desk) == []


async def test_enter_beside_the_hour_sends_and_adds_nothing_before_the_scripts_came(
    desk: Desk,
) -> None:
    async with slow(desk) as (page, _):
        await page.get_by_label("Reply").fill("Hej igen.")
        await page.get_by_text("Send later", exact=True).first.tap()
        async with page.expect_navigation(wait_until="commit"):
            await page.locator("#plan-at").press("Enter")
        await expect(page.get_by_label("Reply")).to_have_value("Hej igen.")
    assert await written(desk) == []


async def test_words_pressed_before_the_scripts_came_and_refused_come_back(desk: Desk) -> None:
    async with slow(desk) as (page, _):
        await page.get_by_label("Internal note").fill("en halv anteckning")
        await page.get_by_role("button", name="Send", exact=True).tap()
        await expect(page.locator(".trouble").first).to_be_visible()
        await expect(page.get_by_label("Internal note")).to_have_value("en halv anteckning")
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports a 4xx
