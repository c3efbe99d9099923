"""Colleagues let each other in, and a sheet brings everything back once, in a real browser."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, expect

from staff.visit import SESSION_COOKIE
from tests.browser.desk import DESKTOP, Desk, watched
from tests.browser.everything import fits, is_clean
from tests.browser.test_axe import at_every_size
from tests.team import Colleague, first, hired, proves, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


PROOF = "Your passphrase, so that nobody lets them in for you"


@asynccontextmanager
async def window(desk: Desk, who: Colleague, **options: Any) -> AsyncIterator[Page]:
    """A window in which somebody with a pair is signed in; nothing may complain in it."""
    context = await desk.browser.new_context(**({"locale": "en-GB"} | DESKTOP | options))
    cookie = {"name": SESSION_COOKIE, "value": await signed_in(who), "url": desk.base}
    await context.add_cookies([cookie | {"httpOnly": True}])  # type: ignore[list-item] # as it asks
    page = await watched(context)
    yield page
    assert page.problems == []  # type: ignore[attr-defined] # kept by `watched`
    await context.close()


@at_every_size
async def test_every_look_of_it(desk: Desk, size: dict[str, Any]) -> None:
    alva = await first(desk.world.house, desk.world.counsellor)
    elis = await hired(desk.world.house, "Elis")
    async with window(desk, elis, **size) as page:
        for path in ("/team", "/queue", "/team/recover"):
            await page.goto(desk.base + path)
            await is_clean(page)
            await fits(page)
    await hired(desk.world.house, "Bea")
    phrase = await proves(alva)
    async with window(desk, alva, **size) as page:
        for path in ("/team", "/queue", "/team/sheet"):
            await page.goto(desk.base + path)
            await is_clean(page)
            await fits(page)
        await page.get_by_label("Passphrase").fill(phrase)
        await page.get_by_role("button", name="Make a recovery sheet").click()
        await expect(page.get_by_role("button", name="Print")).to_be_visible()
        await is_clean(page)
        await fits(page)


async def test_a_colleague_is_let_in_and_the_other_page_says_so(desk: Desk) -> None:
    alva = await first(desk.world.house, desk.world.counsellor)
    elis, phrase = await hired(desk.world.house, "Elis"), await proves(alva)
    async with window(desk, alva) as alvas, window(desk, elis) as eliss:
        await alvas.goto(f"{desk.base}/team")
        await eliss.goto(f"{desk.base}/team")
        said = [await page.locator(".six-words").inner_text() for page in (alvas, eliss)]
        assert said[0] == said[1]
        button = alvas.get_by_role("button", name="The words are the same, let in")
        await button.focus()
        await alvas.keyboard.press("Enter")
        await expect(alvas.get_by_label(PROOF)).to_be_focused()
        await alvas.keyboard.type("not it")
        await alvas.keyboard.press("Enter")
        await expect(alvas.get_by_text("The passphrase is not right.")).to_be_visible()
        await is_clean(alvas)
        alvas.problems.clear()  # type: ignore[attr-defined] # the refusal's status is one
        await alvas.get_by_label(PROOF).fill(phrase)
        await alvas.keyboard.press("Enter")
        await expect(alvas.get_by_text("Alva let Elis in.")).to_be_visible()
        await eliss.goto(f"{desk.base}/queue")
        await expect(eliss.get_by_text("Alva let Elis in.")).to_be_visible()
        await eliss.get_by_role("button", name="I have read it").click()
        await expect(eliss.get_by_text("Alva let Elis in.")).to_have_count(0)


async def test_a_sheet_is_printed_recovers_once_and_is_refused_the_second_time(desk: Desk) -> None:
    alva = await first(desk.world.house, desk.world.counsellor)
    elis, bea = await hired(desk.world.house, "Elis"), await hired(desk.world.house, "Bea")
    phrase = await proves(alva)
    async with window(desk, alva) as page:
        await page.goto(f"{desk.base}/queue")
        await page.get_by_role("link", name="Make a recovery sheet").click()
        await page.get_by_label("Passphrase").fill(phrase)
        await page.get_by_role("button", name="Make a recovery sheet").click()
        await expect(page.locator(".groups li")).to_have_count(13)
        groups = await page.locator(".groups li").all_inner_texts()
        await page.emulate_media(media="print")
        await expect(page.get_by_role("heading", name="Utväg: recovery sheet")).to_be_visible()
        await expect(page.get_by_role("button", name="Confirm")).to_be_hidden()
        await expect(page.locator(".within, .top, .menu")).to_have_count(3)
        for place in (".within", ".top", ".menu"):
            await expect(page.locator(place)).to_be_hidden()
        await page.emulate_media(media="screen")
        for label in await page.locator("form label").all_inner_texts():
            number = re.search(r"Group (\d+)", label)
            if number:
                await page.get_by_label(label, exact=True).fill(groups[int(number[1]) - 1].lower())
        await page.get_by_role("button", name="Confirm").click()
        await expect(page.get_by_text("Alva made a new recovery sheet.")).to_be_visible()
        kept = await page.evaluate("JSON.stringify([localStorage.length, sessionStorage.length])")
        assert kept == "[0,0]"
    for who, heading in ((elis, "Recovery sheet"), (bea, "Use the recovery sheet")):
        async with window(desk, who) as page:
            await page.goto(f"{desk.base}/team/recover")
            await page.get_by_label("The groups of the sheet").fill("\n".join(groups))
            await page.get_by_role("button", name="Read with the sheet").click()
            await expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
            said = "Make a new one now." if who is elis else "holds only once"
            await expect(page.get_by_text(said)).to_be_visible()
            page.problems.clear()  # type: ignore[attr-defined] # the refusal's status is one
