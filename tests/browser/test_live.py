"""Open pages in a real browser: they follow by themselves, lose contact, and end in time."""

import asyncio

import pytest
from playwright.async_api import Browser, Page, expect

from domain.member import Role
from domain.need import Reason
from handlers.give_reason import give_reason
from handlers.invite import revoke
from handlers.take import take
from tests.browser.desk import Desk
from tests.browser.everything import is_clean
from tests.browser.serving import serving
from tests.ports import free_port
from tests.post import Post
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SOON = 20_000
"""Milliseconds; far below the half minute after which a page would look by itself."""

BACK = 60_000
"""Milliseconds; a page that has lost the line for long asks again after up to twenty seconds."""

HERE = "http://localhost"

QUIET_AGAIN = """navigator.locks.query().then(
  ({ held }) => !held.some(({ name }) => name === "utvag tone"))"""
"""No tone sounds for a while after another one."""


async def listening(page: Page) -> None:
    """The page has heard where things stand."""
    await until(page, "typeof heardAt !== 'undefined' && up && heardAt > 0")


async def until(page: Page, so: str) -> None:
    """Asked from outside: the page's policy forbids what the library would do within it."""
    await page.wait_for_load_state("load")  # with the script that is asked
    async with asyncio.timeout(20):
        while not await page.evaluate(so):  # noqa: ASYNC110 - the browser has no event to await
            await asyncio.sleep(0.05)


async def test_an_arrival_a_taking_and_the_number_that_waits_are_seen_at_once(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(f"{desk.base}/queue")
        await expect(page).to_have_title("(2) Queue · Utväg")
        await listening(page)
        await desk.world.text("hej", "+46701740620")
        await expect(page.locator("#waiting li")).to_have_count(3, timeout=SOON)
        await expect(page).to_have_title("(3) Queue · Utväg")
        await take(desk.world.house, desk.world.counsellor, desk.other)
        await expect(page.locator("#mine li")).to_have_count(1, timeout=SOON)
        await expect(page).to_have_title("(2) Queue · Utväg")


async def test_two_browsers_see_who_took_it_and_that_it_was_delivered(desk: Desk) -> None:
    elis = await World.hired(desk.world.house, "Elis")
    async with desk.window() as page, desk.window_of(elis) as other:
        await give_reason(desk.world.house, elis, desk.talk, Reason.COLLEAGUE)
        await page.goto(f"{desk.base}/queue")
        await other.goto(desk.path)
        await listening(other)
        await page.locator(f"#row-{desk.talk}").get_by_role("button", name="Take").click()
        await page.wait_for_url(desk.path)
        await expect(other.locator("#may")).to_contain_text("Alva has this", timeout=SOON)
        await listening(page)
        await page.get_by_label("Reply").fill("jag läser")
        await page.get_by_role("button", name="Send").click()
        await expect(other.locator(".by-counsellor")).to_contain_text("Waiting", timeout=SOON)
        await listening(page)
        await Post(desk.world).carry()
        for one in (page, other):
            await expect(one.locator(".by-counsellor .state")).to_contain_text("Sent", timeout=SOON)


async def test_a_page_catches_up_with_what_happened_while_the_line_was_away(
    world: World, browser: Browser
) -> None:
    for text in ("hej", "1"):
        await world.text(text)
    talk = await world.taken()
    port = free_port()
    first = serving(world.house, HERE, port)
    base = await first.__aenter__()
    desk = Desk(world, base, browser, talk, talk)
    async with desk.window() as page:
        await page.goto(desk.path)
        await listening(page)
        await page.get_by_label("Internal note").fill("en anteckning")
        await first.__aexit__(None, None, None)
        await expect(page.locator("#connection")).to_contain_text("Offline since", timeout=SOON)
        assert await page.evaluate("Date.now() - lostAt > HICCUP - 100")
        await page.get_by_label("Reply").fill("skrivet utan kontakt")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator("#connection")).to_contain_text("Nothing was sent", timeout=SOON)
        await expect(page.get_by_label("Reply")).to_have_value("skrivet utan kontakt")
        await world.text("är du där?")
        for number in range(20, 60):  # no two write alike, which would be one row
            tens, ones = ("abcdefghij"[int(digit)] for digit in str(number))
            await world.text(f"hej {tens}x{ones}", f"+467017406{number}")
        async with serving(world.house, HERE, port):
            await expect(page.locator(".thread")).to_contain_text("är du där?", timeout=BACK)
            await expect(page.locator("#waiting li")).to_have_count(40, timeout=SOON)
            await expect(page.locator("#connection")).to_be_empty()
            await expect(page.get_by_label("Internal note")).to_have_value("en anteckning")
            await expect(page.locator("#draft")).to_have_text("Draft kept", timeout=SOON)
            await page.get_by_role("button", name="Send").click()
            await expect(page.locator(".by-counsellor")).to_contain_text("skrivet utan kontakt")
            page.problems.clear()  # type: ignore[attr-defined] # refused connections are reported
            await page.goto("about:blank")


async def test_a_block_that_could_not_be_fetched_is_fetched_again(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(f"{desk.base}/queue")
        await listening(page)
        await page.route("**/queue/rows*", lambda route: route.fulfill(status=500), times=2)
        await desk.world.text("hej", "+46701740620")
        await expect(page.locator("#waiting li")).to_have_count(3, timeout=20_000)
        await expect(page.locator("#connection")).to_be_empty()
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports each 500


async def test_a_stream_that_has_fallen_silent_is_opened_anew(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(f"{desk.base}/queue")
        await listening(page)
        await page.evaluate("() => { window.was = stream; heardAt = -SILENCE; hurry(); }")
        await until(page, "typeof heardAt !== 'undefined' && up && heardAt > 0")
        await desk.world.text("hej", "+46701740620")
        await expect(page.locator("#waiting li")).to_have_count(3, timeout=SOON)


async def test_colleagues_see_who_reads_and_who_writes(desk: Desk) -> None:
    elis = await World.hired(desk.world.house, "Elis")
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    await give_reason(desk.world.house, elis, desk.talk, Reason.COLLEAGUE)
    async with desk.window() as page, desk.window_of(elis) as other:
        await other.goto(f"{desk.base}/queue")
        await listening(other)
        row = other.locator(f"#row-{desk.talk} .here")
        await expect(row).to_be_hidden()
        await page.goto(desk.path)
        await expect(row).to_have_text("Alva is reading", timeout=SOON)
        await other.goto(desk.path)
        place = other.locator("#talk .here")
        await expect(place).to_have_text("Alva is reading", timeout=SOON)
        await expect(page.locator("#talk .here")).to_have_text("Elis is reading", timeout=SOON)
        await page.get_by_label("Reply").press_sequentially("jag")
        await expect(place).to_have_text("Alva is writing", timeout=SOON)
        await is_clean(other)
        await desk.world.text("är du där?")
        await expect(other.locator(".thread")).to_contain_text("är du där?", timeout=SOON)
        await expect(place).to_have_text("Alva is writing")
        await page.goto(f"{desk.base}/logout")
        await expect(place).to_be_hidden(timeout=SOON)


async def test_a_page_goes_to_sign_in_when_the_account_is_revoked(desk: Desk) -> None:
    elis = await World.hired(desk.world.house, "Elis")
    async with desk.window_of(elis) as page, desk.window_of(elis) as listed:
        await page.goto(desk.path)
        await listed.goto(f"{desk.base}/queue")
        await listening(page)
        await listening(listed)
        await revoke(desk.world.house, "Elis")
        for one in (page, listed):
            await one.wait_for_url("**/login", timeout=SOON)
            one.problems.clear()  # type: ignore[attr-defined] # the browser reports each 401


async def test_a_new_message_stands_as_new_until_something_else_happens(desk: Desk) -> None:
    """Reading it is an event too, which does not make the reader's own page anew."""
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    await desk.world.text("är du där?")
    async with desk.window() as page:
        await page.goto(desk.path)
        await listening(page)
        await asyncio.sleep(1.5)
        await expect(page.locator(".tag.new")).not_to_have_count(0)


async def test_a_tone_sounds_for_whoever_switched_it_on(desk: Desk) -> None:
    async with desk.window() as page:
        await page.add_init_script(
            "window.heard = []; addEventListener('sounded', (e) => heard.push(e.detail.urgent));"
        )
        await page.goto(f"{desk.base}/queue")
        await listening(page)
        await desk.world.text("hej", "+46701740620")
        await expect(page.locator("#waiting li")).to_have_count(3, timeout=SOON)
        assert await page.evaluate("heard") == []
        await page.locator(".menu summary").click()
        await page.get_by_role("button", name="Sound").click()
        assert await page.evaluate("heard") == [False]
        await page.reload()
        await listening(page)
        pressed = page.locator("#sound")
        await expect(pressed).to_have_attribute("aria-pressed", "true")
        await desk.world.text("hej", "+46701740621")
        await until(page, "heard.length === 1 && !heard[0]")
        await until(page, QUIET_AGAIN)
        await desk.world.text("han ska döda mig", "+46701740621")
        await until(page, "heard.length === 2 && heard[1]")
        await take(desk.world.house, desk.world.counsellor, desk.talk)
        await expect(page.locator("#mine li")).to_have_count(1, timeout=SOON)
        assert len(await page.evaluate("heard")) == 2


async def test_an_administrator_sees_the_numbers_change(desk: Desk) -> None:
    noor = await World.hired(desk.world.house, "Noor", Role.ADMIN)
    async with desk.window_of(noor) as page:
        await page.goto(f"{desk.base}/queue")
        await listening(page)
        await expect(page).to_have_title("(2) Queue · Utväg")
        await desk.world.text("hej", "+46701740620")
        await expect(page).to_have_title("(3) Queue · Utväg", timeout=SOON)


async def test_without_a_script_a_link_shows_what_is_new(desk: Desk) -> None:
    async with desk.window(java_script_enabled=False) as page:
        for path in (f"{desk.base}/queue", desk.path):
            await page.goto(path)
            rows = page.locator("#waiting li")
            before = await rows.count()
            await desk.world.text("hej", f"+467017406{20 + before}")
            await page.get_by_role("link", name="Refresh").click()
            await expect(rows).to_have_count(before + 1)
            await expect(page).to_have_url(path)


async def test_of_hidden_windows_one_goes_on_and_a_window_that_is_shown_catches_up(
    desk: Desk,
) -> None:
    """Over HTTP/1.1 a browser has six connections for all its windows together."""
    async with desk.window() as one:
        other = await one.context.new_page()
        for page in (one, other):
            await page.clock.install()
            await page.goto(f"{desk.base}/queue")
            await listening(page)
            await shown(page, hidden=True)
            await page.clock.fast_forward(21_000)
            await asyncio.sleep(0.5)
            await page.clock.fast_forward(1_000)
        await until(other, "paused && !stream")
        await until(one, "up && !paused")
        await desk.world.text("hej", "+46701740620")
        await expect(one).to_have_title("(3) Queue · Utväg", timeout=SOON)
        await shown(other, hidden=False)
        await expect(other).to_have_title("(3) Queue · Utväg", timeout=SOON)
        await shown(other, hidden=True)
        await other.clock.fast_forward(21_000)
        await asyncio.sleep(0.5)
        await other.clock.fast_forward(1_000)
        await until(other, "paused && !stream")
        await shown(one, hidden=False)
        await until(other, "up && !paused")


async def shown(page: Page, *, hidden: bool) -> None:
    """As when another window is put in front, or taken away."""
    await page.evaluate(
        "(value) => {"
        " const state = value ? 'hidden' : 'visible';"
        " Object.defineProperty(document, 'hidden', { value, configurable: true });"
        " Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )
