"""What comes while a page is open is read once its owner has it before them, and not sooner."""

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from domain.need import Reason
from handlers.give_reason import give_reason
from handlers.see_conversation import see_conversation
from handlers.take import take
from tests.browser.desk import PHONE, Desk
from tests.browser.test_live import SOON, listening, shown
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

A_WHILE = 2.0
"""Seconds in which nothing is to happen."""


async def unread(desk: Desk) -> int:
    return (await desk.world.queue()).mine[0].unread


async def comes(desk: Desk, page: Page, text: str) -> None:
    """The contact writes, and the page has fetched it."""
    await desk.world.text(text)
    await expect(page.locator(".thread")).to_contain_text(text, timeout=SOON)


async def read(desk: Desk) -> None:
    async with asyncio.timeout(20):
        while await unread(desk):  # noqa: ASYNC110 - the line is asked as a colleague's page asks it
            await asyncio.sleep(0.05)


async def still_unread(desk: Desk) -> None:
    await asyncio.sleep(A_WHILE)
    assert await unread(desk) == 1


async def test_what_the_owner_has_before_them_is_read_and_stands_as_new_for_them(
    desk: Desk,
) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window() as page:
        await page.goto(desk.path)
        await listening(page)
        await comes(desk, page, "är du där?")
        await read(desk)
        await asyncio.sleep(A_WHILE)
        await expect(page.locator(".said", has_text="är du där?").locator(".new")).to_be_visible()
        await expect(page.locator("#mine .unread")).to_have_count(0)
        assert not (await desk.world.queue()).mine[0].answered
        await comes(desk, page, "hallå?")
        await read(desk)


async def test_it_stands_as_new_also_where_the_event_is_heard_before_the_answer(desk: Desk) -> None:
    async def late(route: Route) -> None:
        answer = await route.fetch()
        await asyncio.sleep(A_WHILE)
        await route.fulfill(response=answer)

    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window() as page:
        await page.route("**/shown", late)
        await page.goto(desk.path)
        await listening(page)
        await comes(desk, page, "är du där?")
        await read(desk)
        await asyncio.sleep(2 * A_WHILE)
        await expect(page.locator(".said", has_text="är du där?").locator(".new")).to_be_visible()
        await comes(desk, page, "hallå?")
        await page.unroute_all(behavior="wait")


async def test_in_a_hidden_window_it_is_unread_until_the_window_is_shown(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window() as page:
        await page.goto(desk.path)
        await listening(page)
        await shown(page, hidden=True)
        await comes(desk, page, "är du där?")
        await still_unread(desk)
        await shown(page, hidden=False)
        await read(desk)


async def test_another_reader_leaves_it_unread(desk: Desk) -> None:
    elis = await World.hired(desk.world.house, "Elis")
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    await see_conversation(desk.world.house, desk.world.counsellor, desk.talk)
    await give_reason(desk.world.house, elis, desk.talk, Reason.COLLEAGUE)
    async with desk.window_of(elis) as page:
        await page.goto(desk.path)
        await listening(page)
        await comes(desk, page, "är du där?")
        await still_unread(desk)


async def test_behind_what_is_known_of_the_contact_and_above_the_end_it_is_unread(
    desk: Desk,
) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window(**PHONE) as page:
        await page.goto(f"{desk.path}#about")
        await listening(page)
        await comes(desk, page, "är du där?")
        await still_unread(desk)
        await page.locator(".to-thread").click()
        await read(desk)
        await page.locator(".scroll").evaluate("(all) => all.scrollTo(0, -all.scrollHeight)")
        await comes(desk, page, "hallå?")
        await still_unread(desk)
        await page.locator(".scroll").evaluate("(all) => all.scrollTo(0, 0)")
        await read(desk)
