"""What one of two windows of a conversation sends or saves is gone from the other as well."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, Response, Route, expect

from domain.conversation import Outcome
from handlers.keep_draft import keep_draft
from handlers.seen import Noted
from handlers.take import take
from tests.browser.conftest import one_loop
from tests.browser.desk import Desk, watched
from tests.browser.test_sending import held, lost, written
from tests.browser.test_sent_as_pressed import type_and_press

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HEARS = """() => {
  const form = document.getElementById("reply-form");
  const channel = new BroadcastChannel(`${form.dataset.draft} ${form.elements.csrf.value}`);
  channel.addEventListener("message", ({ data }) => {
    document.body.dataset.heard = data.said;
  });
}"""
"""Hears what this window is told, after the page has."""


@one_loop(autouse=True)
async def mine(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)


@asynccontextmanager
async def two(desk: Desk) -> AsyncIterator[tuple[Page, Page]]:
    async with desk.window(service_workers="block") as one:
        other = await watched(one.context)
        for page in (one, other):
            await page.goto(desk.path)
        yield one, other
        assert other.problems == []  # type: ignore[attr-defined] # kept by `watched`


async def kept(page: Page) -> None:
    await expect(page.locator("#draft")).to_have_text("Draft kept")


async def test_what_was_sent_in_one_does_not_stand_in_the_other_to_be_sent_again(
    desk: Desk,
) -> None:
    async with two(desk) as (one, other):
        await one.get_by_label("Reply").fill("ett")
        await kept(one)
        await other.reload()
        await expect(other.get_by_label("Reply")).to_have_value("ett")
        await one.get_by_role("button", name="Send").click()
        await expect(other.get_by_label("Reply")).to_have_value("")
        await expect(other.locator("#count")).to_contain_text("160")
        await expect(other.locator("#reply-form[data-unkept]")).to_have_count(0)
        await expect(other.locator(".by-counsellor .body")).to_have_text(["ett"])
        await type_and_press(other, "ett")
        await expect(other.locator(".by-counsellor .body")).to_have_text(["ett", "ett"])
    assert await written(desk) == ["ett", "ett"]


async def test_what_was_sent_is_not_kept_again_by_the_other_that_was_about_to(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with two(desk) as (one, other):
        await one.route("**/reply", held(may_go))
        await type_and_press(one, "ett")
        await expect(one.locator("#draft")).to_have_text("Sending…")
        await other.get_by_label("Reply").fill("ett")
        may_go.set()
        await expect(other.get_by_label("Reply")).to_have_value("")
        await other.get_by_label("Internal note").fill("en halv anteckning")
        await kept(other)
        await other.reload()
        await expect(other.get_by_label("Internal note")).to_have_value("en halv anteckning")
        await expect(other.get_by_label("Reply")).to_have_value("")
    assert (await desk.world.see(desk.talk)).draft == ""


@pytest.mark.parametrize("answer", ["comes", "is lost"])
async def test_what_was_sent_does_not_stay_a_draft_that_was_on_its_way_from_the_other(
    desk: Desk, answer: str
) -> None:
    may_go = asyncio.Event()

    async def late(route: Route) -> None:
        if "reply=&" in (route.request.post_data or ""):
            await route.continue_()
            return
        await may_go.wait()
        await (route.continue_() if answer == "comes" else lost(route))

    def emptied(told: Response) -> bool:
        return told.url.endswith("/draft") and "reply=&" in (told.request.post_data or "")

    async with two(desk) as (one, other):
        await other.route("**/draft", late)
        async with other.expect_request("**/draft"):
            await other.get_by_label("Reply").fill("ett")
        await type_and_press(one, "ett")
        await expect(other.get_by_label("Reply")).to_have_value("")
        async with other.expect_response(emptied):
            may_go.set()
        await expect(other.locator("#reply-form[data-unkept]")).to_have_count(0)
        assert (await desk.world.see(desk.talk)).draft == ""
        other.problems.clear()  # type: ignore[attr-defined] # the browser reports what was lost
    assert await written(desk) == ["ett"]


async def test_what_was_sent_does_not_stay_a_draft_that_the_other_had_given_up(desk: Desk) -> None:
    async def and_then_the_draft(route: Route) -> None:
        answer = await route.fetch()
        await keep_draft(desk.world.house, desk.world.counsellor, desk.talk, "ett")
        await route.fulfill(response=answer)

    async with two(desk) as (one, other):
        await other.route("**/draft", lambda route: route.abort(), times=1)
        await other.get_by_label("Reply").fill("ett")
        await expect(other.locator("#draft")).to_contain_text("not kept")
        await one.route("**/reply", and_then_the_draft)
        await type_and_press(one, "ett")
        await expect(other.get_by_label("Reply")).to_have_value("")
        await expect(other.locator("#reply-form[data-unkept]")).to_have_count(0)
        assert (await desk.world.see(desk.talk)).draft == ""
        other.problems.clear()  # type: ignore[attr-defined] # the browser reports what was lost


async def test_words_that_were_changed_in_the_other_stay_and_a_note_that_was_not_goes(
    desk: Desk,
) -> None:
    async with two(desk) as (one, other):
        await other.get_by_label("Reply").fill("ett två")
        await other.get_by_label("Internal note").fill("kort")
        await type_and_press(one, "ett")
        await expect(one.get_by_label("Reply")).to_have_value("")
        await one.get_by_label("Internal note").fill("kort")
        await one.get_by_role("button", name="Save note").click()
        await expect(other.get_by_label("Internal note")).to_have_value("")
        await expect(other.get_by_label("Reply")).to_have_value("ett två")
        await expect(other.locator(".noted")).to_contain_text("kort")
    thread = (await desk.world.see(desk.talk)).thread
    assert [item.body for item in thread if isinstance(item, Noted)] == ["kort"]
    assert await written(desk) == ["ett"]


async def test_a_text_sent_in_one_leaves_the_note_begun_in_the_other(desk: Desk) -> None:
    async with two(desk) as (one, other):
        await other.get_by_label("Reply").fill("ett")
        await other.get_by_label("Internal note").fill("en halv anteckning")
        await type_and_press(one, "ett")
        await expect(other.get_by_label("Reply")).to_have_value("")
        await expect(other.get_by_label("Internal note")).to_have_value("en halv anteckning")


async def test_what_is_pressed_in_the_other_at_that_moment_is_left_alone(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with two(desk) as (one, other):
        await other.evaluate(HEARS)
        await other.route("**/reply", held(may_go))
        await type_and_press(other, "ett")
        await expect(other.locator("#draft")).to_have_text("Sending…")
        await type_and_press(one, "ett")
        await expect(other.locator("body")).to_have_attribute("data-heard", "ett")
        await expect(other.get_by_label("Reply")).to_have_value("ett")
        await expect(other.locator("#draft")).to_have_text("Sending…")
        may_go.set()
        await expect(other.get_by_label("Reply")).to_have_value("")


@pytest.mark.parametrize(
    "browser_without",
    [
        "delete window.BroadcastChannel",
        "window.BroadcastChannel = class { constructor() { throw new Error('framed'); } }",
        "BroadcastChannel.prototype.postMessage = () => { throw new Error('closed'); }",
    ],
)
async def test_a_browser_whose_windows_do_not_hear_each_other_sends_all_the_same(
    desk: Desk, browser_without: str
) -> None:
    async with desk.window(service_workers="block") as page:
        await page.add_init_script(browser_without)
        await page.goto(desk.path)
        await type_and_press(page, "ett")
        await expect(page.get_by_label("Reply")).to_have_value("")
        await expect(page.locator(".by-counsellor .body")).to_have_text(["ett"])
    assert await written(desk) == ["ett"]


async def test_close_in_one_is_said_in_the_other_and_its_words_stay_in_sight(desk: Desk) -> None:
    async with two(desk) as (one, other):
        await other.get_by_label("Reply").fill("inte färdig")
        await kept(other)
        await one.get_by_label("Outcome").select_option(Outcome.OTHER)
        async with one.expect_navigation():
            await one.get_by_role("button", name="Close").click()
        await expect(other.locator("#may")).to_contain_text("Closed")
        await expect(other.get_by_label("Reply")).to_have_value("inte färdig")
    assert await written(desk) == []
