"""Planning a text, taking it back, and seeing to follow-ups: by keyboard, without JavaScript."""

import os
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from domain.conversation import Outcome
from domain.wall import on_the_wall
from handlers.close import close
from handlers.planned import send_planned
from handlers.take import take
from handlers.unanswered import see_to_unanswered
from tests.browser.desk import Desk
from tests.browser.everything import LIGHTS, fits, is_clean
from tests.browser.test_axe import at_every_size
from tests.browser.test_live import SOON, listening
from tests.test_planned import CLOSING, STOCKHOLM, to_the_hour

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def kept(page: Page, name: str) -> None:
    """A picture to look at, where somebody wants one."""
    if folder := os.environ.get("UTVAG_LOOK"):
        for light in LIGHTS:
            await page.emulate_media(color_scheme=light)
            await page.screenshot(path=f"{folder}/{name}-{light}.png", full_page=True)


def tomorrow(desk: Desk) -> str:
    at = on_the_wall(desk.world.clock.now(), STOCKHOLM) + timedelta(hours=20)
    return at.replace(second=0, microsecond=0).isoformat(timespec="minutes")


@at_every_size
async def test_a_text_is_planned_by_keyboard_stands_on_the_page_and_is_taken_back(
    desk: Desk, size: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window(**size) as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("Hur gick det hos tandläkaren?")
        later = page.locator("details.later summary")
        await later.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("When")).to_be_visible()
        await is_clean(page)
        await fits(page)
        await kept(page, f"plan-{request.node.callspec.id}")
        await page.get_by_label("When").fill(tomorrow(desk))
        await page.locator("details.later .tick input").check()
        async with page.expect_navigation():
            await page.get_by_role("button", name="Plan", exact=True).click()
        await page.goto(f"{desk.path}#about")
        planned = page.locator("#facts section", has_text="Sent later")
        await expect(planned).to_contain_text("Hur gick det hos tandläkaren?")
        await expect(page.get_by_label("Reply")).to_have_value("")
        await is_clean(page)
        await fits(page)
        await kept(page, f"planned-{request.node.callspec.id}")
        async with page.expect_navigation():
            await planned.get_by_role("button", name="Withdraw").click()
        await page.goto(f"{desk.path}#about")
        await expect(page.locator("#facts")).not_to_contain_text("Sent later")


async def test_without_javascript_and_a_wrong_time_the_words_are_kept(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window(java_script_enabled=False) as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("mina ord")
        await page.locator("details.later summary").click()
        await page.get_by_role("button", name="Plan", exact=True).click()
        await expect(page.locator(".trouble")).to_contain_text("Choose a day and a time")
        await expect(page.get_by_label("Reply")).to_have_value("mina ord")
        await page.get_by_label("When").fill(tomorrow(desk))
        await page.get_by_role("button", name="Plan", exact=True).click()
        await expect(page.locator(".trouble")).to_contain_text("press Plan")  # not: Send
        await expect(page.get_by_label("When")).to_have_value(tomorrow(desk))
        await page.locator("details.later .tick input").check()
        await page.get_by_role("button", name="Plan", exact=True).click()
        await expect(page.locator("#facts")).to_contain_text("mina ord")
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports 422 and 409


@at_every_size
async def test_a_follow_up_that_is_wanted_comes_to_the_open_queue_and_is_taken_up(
    desk: Desk, size: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    world = desk.world
    await to_the_hour(world, 13)
    await take(world.house, world.counsellor, desk.talk)
    await world.reply(desk.talk, CLOSING, asked=True)
    await world.accept()
    await close(world.house, world.counsellor, desk.talk, Outcome.HELP_BEGUN)
    await world.text("1")
    world.clock.advance(hours=24)
    assert await send_planned(world.house) == 1
    await world.accept()
    async with desk.window(**size) as page:
        await page.goto(f"{desk.base}/queue")
        await listening(page)
        await expect(page.locator("#follow-ups")).to_have_count(0)
        await world.text("1")
        ours = page.locator("#follow-ups")
        await expect(ours).to_contain_text("It is a good time to write", timeout=SOON)
        await is_clean(page)
        await fits(page)
        await kept(page, f"follow-up-{request.node.callspec.id}")
        await page.locator("#nav-tasks").click()
        await expect(page.locator("#follow-ups h2")).to_be_in_viewport()
        await ours.get_by_role("button", name="Take up").press("Enter")
        await expect(page).to_have_url(desk.path)
        await expect(page.get_by_label("Reply")).to_be_visible()


async def test_a_nudge_comes_to_the_owners_open_page(desk: Desk) -> None:
    world = desk.world
    await take(world.house, world.counsellor, desk.talk)
    await world.reply(desk.talk, "hej", asked=True)
    await world.accept()
    await world.text("kan du hjälpa mig?")
    async with desk.window() as page:
        await page.goto(desk.path)
        await listening(page)
        world.clock.advance(minutes=15)
        await see_to_unanswered(world.house)
        await expect(page.locator("#thread")).to_contain_text("was reminded", timeout=SOON)
        world.clock.advance(minutes=15)
        await see_to_unanswered(world.house)
        await expect(page.locator("#thread")).to_contain_text(
            "did not answer in time", timeout=SOON
        )
