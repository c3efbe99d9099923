"""Every page for everybody: axe, both lights, phone and desk; zoom, and no motion unasked."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from domain.member import Role
from handlers.invite import invite
from handlers.take import take
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.browser.everything import came_back, coordinator, fits, full, is_clean
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SIZES = {"desktop": DESKTOP, "phone": PHONE}
at_every_size = pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
"""At 375 and at 1280 pixels; whether a page is clean is asked in both lights."""


async def clean(desk: Desk, page: Page, *paths: str) -> None:
    for path in paths:
        await page.goto("about:blank")
        await page.goto(desk.base + path)
        await is_clean(page)
        await fits(page)


@at_every_size
async def test_every_page_of_a_counsellor(desk: Desk, size: dict[str, Any]) -> None:
    back = await came_back(desk)
    await full(desk)
    waiting = (await desk.world.queue()).waiting[0].id
    talk = f"/conversations/{desk.talk}"
    async with desk.window(**size) as page:
        pages = ["/queue", "/logout", talk, f"/conversations/{waiting}", f"{talk}#about"]
        pages += [
            f"/conversations/{desk.other}",
            f"/conversations/{back}",
            "/find",
            "/phrases",
            "/settings",
        ]
        await clean(desk, page, *pages, f"/conversations/{back}#about")
        await page.goto(f"{desk.base}/queue")
        await page.locator(".menu summary").click()
        await is_clean(page)
        await page.get_by_role("button", name="Keyboard").click()
        await is_clean(page)


@at_every_size
async def test_what_is_opened_on_a_page(desk: Desk, size: dict[str, Any]) -> None:
    await full(desk)
    await coordinator(desk)
    async with desk.window(**size) as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("kl 9–12, “så”")
        await expect(page.get_by_role("button", name="Use plain characters")).to_be_visible()
        await page.locator(".by-contact details summary").first.click()
        await is_clean(page)
        await fits(page)
        await page.locator("details.ready summary").click()
        await is_clean(page)
        await fits(page)
        await page.goto(f"{desk.base}/find")
        await page.locator("#find").fill("hej rädd 16")
        await page.locator("#find").press("Enter")
        await expect(page.locator("#found-title")).to_be_visible()
        await is_clean(page)
        for words in ("rädd", "0701740610"):
            await page.locator("#find").fill(words)
            async with page.expect_navigation():  # the page before it has a mark, too
                await page.locator("#find").press("Enter")
            await expect(page.locator("mark, .trouble").first).to_be_visible()
            await is_clean(page)
            await fits(page)
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports the 422


@at_every_size
async def test_the_pages_of_other_roles(desk: Desk, size: dict[str, Any]) -> None:
    bo = await coordinator(desk)
    noor = await World.hired(desk.world.house, "Noor", Role.ADMIN)
    async with desk.window_of(bo, **size) as page:
        await clean(desk, page, "/phrases")
        await page.locator(".mend summary").first.click()
        await is_clean(page)
        await fits(page)
    async with desk.window_of(noor, **size) as page:
        await clean(desk, page, "/queue")


@at_every_size
async def test_the_pages_of_a_stranger_and_of_nobody(desk: Desk, size: dict[str, Any]) -> None:
    token = await invite(desk.world.house, "Björk", Role.COUNSELLOR)
    chosen: dict[str, Any] = {"locale": "sv-SE"} | size
    context = await desk.browser.new_context(**chosen)
    page = await context.new_page()
    await clean(desk, page, "/login", f"/join/{token}", "/join/spent", "/nope", "/offline")
    await context.close()


async def test_when_nobody_waits_the_page_says_so_and_who_is_on_call(desk: Desk) -> None:
    for talk in (desk.talk, desk.other):
        await take(desk.world.house, await World.hired(desk.world.house, str(talk)), talk)
    async with desk.window(**PHONE) as page:
        await page.goto(f"{desk.base}/queue")
        await expect(page.get_by_text("Nobody is waiting.")).to_be_visible()
        await expect(page.locator("#on-call")).to_contain_text("On call: Alva")
        await is_clean(page)


@pytest.mark.parametrize(
    "window",
    [
        {"viewport": {"width": 640, "height": 512}, "device_scale_factor": 2},
        {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},
    ],
    ids=["200 %", "400 %"],
)
async def test_enlarged_nothing_is_cut_off_or_out_of_reach(
    desk: Desk, window: dict[str, Any]
) -> None:
    await full(desk)
    await coordinator(desk)
    async with desk.window(**window) as page:
        talk = f"/conversations/{desk.talk}"
        for path in ("/queue", talk, f"{talk}#about", "/find", "/phrases", "/logout"):
            await page.goto("about:blank")
            await page.goto(desk.base + path)
            await fits(page)
        await page.goto(desk.base + talk)
        for shown in (
            page.get_by_label("Reply"),
            page.get_by_role("button", name="Send", exact=True),
        ):
            await shown.scroll_into_view_if_needed()
            await expect(shown).to_be_in_viewport(ratio=0.9)
        await page.get_by_role("link", name="Contact", exact=True).click()
        await expect(page.get_by_role("button", name="Release")).to_be_visible()
        await page.goto(f"{desk.base}/queue")
        take_it = page.get_by_role("button", name="Take").first
        await take_it.scroll_into_view_if_needed()
        await expect(take_it).to_be_in_viewport(ratio=0.9)


async def test_nothing_moves_for_who_asked_for_less_and_little_for_others(desk: Desk) -> None:
    longest = """() => Math.max(...[...document.querySelectorAll("*")].flatMap((e) => {
      const style = getComputedStyle(e);
      return [style.transitionDuration, style.animationDuration]
        .flatMap((all) => all.split(",")).map(parseFloat);
    }))"""
    for wish, most in (("reduce", 0.0), ("no-preference", 0.12)):
        async with desk.window(reduced_motion=wish) as page:
            for path in ("/queue", f"/conversations/{desk.talk}"):
                await page.goto(desk.base + path)
                assert await page.evaluate(longest) <= most


async def test_what_is_read_aloud_by_itself_is_little(desk: Desk) -> None:
    """A count, the page's own troubles and the connection; never the thread or the whole list."""
    await full(desk)
    async with desk.window() as page:
        for path in ("/queue", f"/conversations/{desk.talk}"):
            await page.goto(desk.base + path)
            live = page.locator("[aria-live], [role=status], [role=alert], [role=log]")
            said = [await each.inner_text() for each in await live.all()]
            assert len(said) <= 4
            assert all(len(text) < 120 for text in said), said
