"""The desk by keyboard alone, and no key that acts while somebody writes."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from handlers.seen import Noted
from handlers.take import take
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def focused_row(page: Page) -> str | None:
    found: str | None = await page.evaluate("document.activeElement.closest('.row')?.id")
    return found


async def test_from_the_queue_to_a_reply_and_back_without_a_mouse(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(f"{desk.base}/queue")
        await page.keyboard.press("j")
        first = await focused_row(page)
        await page.keyboard.press("j")
        second = await focused_row(page)
        assert first != second
        await page.keyboard.press("j")
        assert await focused_row(page) == second
        await page.keyboard.press("k")
        assert await focused_row(page) == first == f"row-{desk.talk}"
        await page.keyboard.press("t")
        await page.wait_for_url(desk.path)
        await page.keyboard.press("r")
        await expect(page.get_by_label("Reply")).to_be_focused()
        await page.keyboard.type("jag är här, gq?")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".by-counsellor .body")).to_have_text(["jag är här, gq?"])
        await expect(page.get_by_label("Reply")).to_be_focused()
        await page.keyboard.press("Escape")
        await page.keyboard.press("n")
        await page.keyboard.type("tjrn / ?")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".noted")).to_contain_text("tjrn / ?")
        await page.keyboard.press("Escape")
        await asyncio.gather(page.keyboard.press("g"), page.keyboard.press("q"))
        await page.wait_for_url("**/queue")
    thread = (await desk.world.see(desk.talk)).thread
    assert [item.body for item in thread if isinstance(item, Noted)] == ["tjrn / ?"]


async def test_nothing_is_taken_while_nothing_is_chosen(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(f"{desk.base}/queue")
        await page.keyboard.press("t")
        await page.keyboard.press("Control+t")
        await expect(page).to_have_url(f"{desk.base}/queue")
    assert (await desk.world.queue()).mine == ()


async def test_t_takes_the_conversation_that_is_open(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.keyboard.press("t")
        await expect(page.get_by_label("Reply")).to_be_visible()


async def test_a_question_mark_shows_every_key(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(f"{desk.base}/queue")
        await page.keyboard.press("?")
        shown = page.get_by_role("dialog", name="Keyboard")
        for words in ("Next conversation in the list", "To the queue", "Find", "save it"):
            await expect(shown).to_contain_text(words)
        await page.keyboard.press("t")
        await expect(shown).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(shown).to_be_hidden()
        await page.locator(".menu summary").click()
        await page.get_by_role("button", name="Keyboard").click()
        await page.get_by_role("button", name="Close the list").click()
        await expect(shown).to_be_hidden()


async def test_single_keys_can_be_switched_off_and_stay_so(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.keyboard.press("?")
        await page.get_by_label("Single keys act").uncheck()
        await page.keyboard.press("Escape")
        await page.reload()
        for key in ("t", "?", "j", "/"):
            await page.keyboard.press(key)
        await expect(page.get_by_role("dialog")).to_be_hidden()
        await expect(page).to_have_url(desk.path)
        assert await focused_row(page) is None


async def test_a_slash_finds(desk: Desk) -> None:
    await desk.world.text("jag bor i Kiruna", "+46701740611")
    async with desk.window() as page:
        await page.goto(f"{desk.base}/queue")
        await page.keyboard.press("/")
        await page.keyboard.type("kiruna")
        await page.keyboard.press("Enter")
        await expect(page.locator("mark")).to_have_text("Kiruna")
        assert "kiruna" not in page.url.lower()
        await page.locator(".passage a").click()
        await page.wait_for_url(re.compile(rf"/conversations/{desk.other}\?from=.+#m-.+"))
        await page.go_back()
        await expect(page.locator("mark")).to_have_text("Kiruna")


async def test_ready_texts_are_chosen_by_keyboard(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.keyboard.press("p")
        await expect(page.get_by_role("button", name="First greeting").last).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_label("Reply")).to_be_focused()
        await page.get_by_label("Reply").blur()
        await page.keyboard.press("p")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Reply")).to_be_focused()
        await expect(page.get_by_label("Reply")).not_to_have_value("")


async def test_what_has_the_focus_is_seen(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window() as page:
        for path in ("/queue", f"/conversations/{desk.talk}", "/find"):
            await page.goto(desk.base + path)
            for _ in range(40):
                await page.keyboard.press("Tab")
                outlined = await page.evaluate(
                    """() => {
                      const here = document.activeElement;
                      // A time's own picker has an outline of the browser's.
                      if (here === document.body || here.type === "time") return true;
                      const around = here.closest(".row") ?? here;
                      return [here, around].some((e) => {
                        const style = getComputedStyle(e);
                        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
                      });
                    }"""
                )
                assert outlined, await page.evaluate("document.activeElement.outerHTML")
