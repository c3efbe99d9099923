"""Requests about somebody unknown, the mark for whoever decides, and what is kept for now: by
keyboard, clean in every light, live and without a script."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

from domain.hold import Ground
from domain.member import Role
from domain.wall import on_the_wall
from handlers.ask_disclosure import ask_disclosure, ask_of_stranger
from handlers.decide_disclosure import agree
from handlers.hold import put_hold
from handlers.see_register import see_register
from tests.browser.desk import Desk
from tests.browser.everything import fits, is_clean
from tests.browser.test_axe import at_every_size, clean
from tests.browser.test_live import listening
from tests.browser.test_register_pages import ASKED, SCRIPT
from tests.browser.test_sending import held
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@at_every_size
async def test_a_question_about_somebody_unknown_is_written_down(
    desk: Desk, size: dict[str, Any]
) -> None:
    async with desk.window(**size) as page:
        await page.goto(f"{desk.base}/register")
        await page.get_by_role("link", name="Write down a question about").press("Enter")
        await page.get_by_label("About whom do they ask?").fill(SCRIPT)
        await page.get_by_label("Who asks?").select_option("police")
        await page.get_by_label("Their case number").fill(SCRIPT)
        await page.get_by_label("Which rule").select_option("other")
        await is_clean(page)
        await fits(page)
        await page.get_by_role("button", name="Write down").press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("which rule it is")
        await page.get_by_label("Which rule").select_option("grave_crime")
        await page.get_by_role("button", name="Write down").press("Enter")
        await page.get_by_role("link", name="Open Somebody not known here").press("Enter")
        await expect(page.get_by_text(SCRIPT).first).to_be_visible()
        await is_clean(page)
        await fits(page)
        await page.get_by_label("Reason").select_option("not_here")
        await page.get_by_role("button", name="Refuse the request").press("Enter")
        await expect(page.get_by_role("heading", name="Refused")).to_be_visible()
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports the 422


async def test_the_mark_comes_and_goes_by_itself(desk: Desk) -> None:
    world, alva = desk.world, desk.world.counsellor
    cia = await World.hired(world.house, "Cia", Role.COORDINATOR)
    async with desk.window_of(cia) as page:
        await page.goto(f"{desk.base}/queue")
        link = page.locator("#nav-register")
        await expect(link).to_have_text("")
        await ask_of_stranger(world.house, alva, ASKED, "en vän", form_key=uuid4())
        await expect(link).to_have_text("Register (1)")
        await expect(page.locator("#rows")).to_contain_text("1 waits for you")
        await ask_disclosure(world.house, alva, desk.talk, ASKED, form_key=uuid4())
        await expect(link).to_have_text("Register (2)")
        async with desk.window() as mine:
            await mine.goto(f"{desk.base}/queue")
            for one in (await see_register(world.house, cia)).unsettled:
                await agree(world.house, cia, one.entry.id)
            await expect(mine.locator("#rows")).to_contain_text("Cia agreed")
        await expect(link).to_have_text("")
        await clean(desk, page, "/queue")


async def test_the_mark_comes_also_where_it_was_earned_before_the_page_listened(desk: Desk) -> None:
    """The line has told all pages that listened by then; this one was still on its way."""
    world, alva, may_go = desk.world, desk.world.counsellor, asyncio.Event()
    cia = await World.hired(world.house, "Cia", Role.COORDINATOR)
    async with (
        desk.window_of(cia, service_workers="block") as page,
        desk.window_of(cia) as other,
    ):
        await other.goto(f"{desk.base}/queue")
        await listening(other)
        await page.route("**/live?*", held(may_go))
        async with page.expect_request("**/live?*"):
            await page.goto(f"{desk.base}/queue")
        await ask_of_stranger(world.house, alva, ASKED, "en vän", form_key=uuid4())
        await expect(other.locator("#nav-register")).to_have_text("Register (1)")
        may_go.set()
        await expect(page.locator("#nav-register")).to_have_text("Register (1)")
        await expect(page.locator("#rows")).to_contain_text("1 waits for you")


@at_every_size
async def test_a_conversation_is_kept_for_now(desk: Desk, size: dict[str, Any]) -> None:
    world, talk = desk.world, f"/conversations/{desk.talk}"
    cia = await World.hired(world.house, "Cia", Role.COORDINATOR)
    last = on_the_wall(world.clock.now() + timedelta(days=30), world.house.zone).date()
    async with desk.window_of(cia, **size, java_script_enabled=False) as page:
        await page.goto(f"{desk.base}{talk}/hold")
        await page.get_by_label("On what ground?").select_option("court")
        await page.get_by_label("Up to and including").fill(last.isoformat())
        async with page.expect_navigation():
            await page.get_by_role("button", name="Keep until then").press("Enter")
        await page.goto(f"{desk.base}{talk}/hold")
        await page.get_by_role("button", name="Stop keeping it").press("Enter")
        await expect(page.get_by_role("heading", name="Keep", exact=True)).to_be_visible()
    await put_hold(world.house, cia, desk.talk, Ground.WISH, last)
    async with desk.window_of(cia, **size) as page:
        await clean(desk, page, f"{talk}/hold", "/retention")
        await expect(page.locator("#holds-title + ul")).to_contain_text("The contact wants it kept")
    async with desk.window(**size) as page:
        await clean(desk, page, talk)
        await expect(page.locator("#facts")).to_contain_text("The contact wants it kept")
