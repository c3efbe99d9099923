"""WhatsApp's approved message while other words are on their way: nothing is lost, it goes once."""

import asyncio

import pytest
from playwright.async_api import expect

from domain.contact_rules import TEMPLATE
from domain.message import Channel
from handlers.change_line import change_line
from handlers.seen import Noted, Said
from handlers.take import take
from tests.browser.conftest import one_loop
from tests.browser.desk import Desk
from tests.browser.test_sending import held
from tests.browser.test_sent_as_pressed import type_and_press
from tests.world import LINE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ASKED = "Is it safe to write? Yes"


@one_loop(autouse=True)
async def by_whatsapp(desk: Desk) -> None:
    """A day after the contact's last message: only the approved one may leave."""
    world = desk.world
    for body in ("hej", "1"):
        await world.text(body, "+46701740612", channel=Channel.WHATSAPP)
    waiting = (await world.queue()).waiting
    (desk.talk,) = (row.id for row in waiting if row.channel is Channel.WHATSAPP)
    await change_line(world.house, LINE, whatsapp_template="HX" + "0" * 32)
    await take(world.house, world.counsellor, desk.talk)


async def approved(desk: Desk) -> int:
    thread = (await desk.world.see(desk.talk)).thread
    return sum(isinstance(item, Said) and item.text_id == TEMPLATE for item in thread)


async def test_pressed_while_a_note_is_on_its_way_it_waits_and_takes_nothing(desk: Desk) -> None:
    may_go = asyncio.Event()
    desk.world.clock.advance(hours=25)
    async with desk.window(service_workers="block") as page:
        await page.goto(desk.path)
        await page.route("**/note", held(may_go))
        await page.get_by_label("Internal note").fill("kort")
        await page.get_by_role("checkbox", name=ASKED).check()
        await page.get_by_role("button", name="Save note").click()
        await expect(page.locator("#draft")).to_have_text("Saving…")
        await page.locator("#template").click()
        await page.get_by_label("Reply").fill("till sedan")
        await page.get_by_label("Internal note").fill("kort, och mer")
        assert await approved(desk) == 0
        async with page.expect_navigation():
            may_go.set()
        await expect(page.locator("#thread")).to_contain_text("The message approved for WhatsApp")
        await expect(page.get_by_label("Reply")).to_have_value("till sedan")
        await expect(page.get_by_label("Internal note")).to_have_value(", och mer")
    thread = (await desk.world.see(desk.talk)).thread
    assert [item.body for item in thread if isinstance(item, Noted)] == ["kort"]
    assert await approved(desk) == 1


async def test_pressed_after_a_text_that_is_too_late_it_does_not_go_by_itself(desk: Desk) -> None:
    """The window closes while a text is on its way: the page that says so has all the words."""
    may_go = asyncio.Event()
    desk.world.clock.advance(hours=23, minutes=55)
    async with desk.window(service_workers="block") as page:
        await page.goto(desk.path)
        await page.route("**/reply", held(may_go))
        await page.get_by_role("checkbox", name=ASKED).check()
        await type_and_press(page, "ett")
        await expect(page.locator("#draft")).to_have_text("Sending…")
        await page.get_by_label("Reply").press_sequentially(" och två")
        desk.world.clock.advance(minutes=6)
        await page.evaluate("htmx.trigger(document.getElementById('thread'), 'live')")
        await page.locator("#template").wait_for()
        await page.get_by_role("checkbox", name=ASKED).last.check()
        await page.locator("#template").click()
        async with page.expect_navigation():
            may_go.set()
        await expect(page.locator(".trouble").first).to_be_visible()
        await expect(page.get_by_label("Reply")).to_have_value("ett och två")
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports a 4xx
    assert await approved(desk) == 0
