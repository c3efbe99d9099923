"""The desk in a real browser: with a script, without one, on a phone, and for everybody."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from domain import segments
from domain.conversation import Outcome
from handlers.close import close
from handlers.sign_in import sign_out
from handlers.take import take
from staff.visit import SESSION_COOKIE
from tests.browser.desk import PHONE, Desk
from tests.browser.everything import full

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HTMX = Path(__file__).parents[2] / "staff/static/vendor/htmx.min.js"
FRESH = 20_000
"""Milliseconds in which an open page shows what is new, on two cores that are busy."""


async def test_what_is_pressed_with_a_thumb_is_large_enough(desk: Desk) -> None:
    await full(desk)
    async with desk.window(**PHONE) as page:
        for path in ("/queue", f"/conversations/{desk.talk}"):
            await page.goto(desk.base + path)
            for thing in await page.locator("button, .button, .pages a, input, select").all():
                if await thing.is_visible() and await thing.get_attribute("type") != "hidden":
                    box = await thing.bounding_box()
                    small = await thing.get_attribute("type") == "checkbox"
                    assert box
                    assert box["height"] >= (24 if small else 44), await thing.inner_html()


async def test_the_queue_shows_a_new_contact_by_itself(desk: Desk) -> None:
    assert HTMX.exists(), "set-up puts htmx into staff/static/vendor"
    async with desk.window() as page:
        await page.goto(f"{desk.base}/queue")
        await expect(page.locator("#waiting li")).to_have_count(2)
        await desk.world.text("hej", "+46701740620")
        await expect(page.locator("#waiting li")).to_have_count(3, timeout=FRESH)
        await take(desk.world.house, desk.world.counsellor, desk.other)
        await expect(page.locator("#mine li")).to_have_count(1, timeout=FRESH)
        await expect(page.locator("#waiting li")).to_have_count(2)


async def test_what_is_being_written_stays_while_the_page_refreshes(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.get_by_label("Internal note").fill("en anteckning")
        first = page.locator(".by-contact details").first
        await first.locator("summary").click()
        box = page.get_by_label("Reply")
        await box.fill("jag lyssnar")
        await box.press("Home")
        await box.press("Shift+End")
        await desk.world.text("är du där?")
        await expect(page.locator(".thread")).to_contain_text("är du där?", timeout=FRESH)
        await expect(box).to_be_focused()
        await expect(box).to_have_value("jag lyssnar")
        assert await page.evaluate("getSelection().toString()") == "jag lyssnar"
        await expect(page.get_by_label("Internal note")).to_have_value("en anteckning")
        await expect(first.get_by_role("button", name="Redact")).to_be_visible()


async def test_send_goes_off_by_itself_when_writing_becomes_forbidden(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("hej")
        await expect(page.get_by_role("button", name="Send")).to_be_enabled()
        await desk.world.text("STOPP")
        await expect(page.get_by_role("button", name="Send")).to_be_disabled(timeout=FRESH)
        await expect(page.get_by_label("Reply")).to_have_value("hej")


async def test_the_page_counts_as_the_line_does(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    texts = ["a", "a" * 160, "a" * 161, "€" * 80, "€" * 81, "a" * 152 + "€" + "a" * 152]
    texts += ["ç" * 70, "ç" * 71, "🙂" * 35, "🙂" * 66 + "a" * 3, "hej\nhej", "{[~]}|^\\", "مرحبا"]
    async with desk.window() as page:
        await page.goto(desk.path)
        box, line = page.get_by_label("Reply"), page.locator("#count")
        await expect(line).to_have_text("One SMS holds 160 characters")
        for text in texts:
            await box.fill(text)
            found = segments.count(text)
            said = f"{found.segments} SMS · {found.encoding} · {found.left} left"
            await expect(line).to_contain_text(said)
            if found.encoding == "UCS-2":
                await expect(line).to_contain_text(f"because of {text[0]}")


async def test_a_draft_is_kept_as_it_is_written_and_gone_once_sent(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("nästan klar")
        await expect(page.locator("#draft")).to_have_text("Draft kept")
        await page.reload()
        await expect(page.get_by_label("Reply")).to_have_value("nästan klar")
        await page.get_by_label("Reply").fill("nästan klar, och bort")
        await page.goto(f"{desk.base}/queue")
        for _ in range(400):  # a page that has gone says its last words by itself
            if (await desk.world.see(desk.talk)).draft == "nästan klar, och bort":
                break
            await page.wait_for_timeout(50)
        await page.goto(desk.path)
        await expect(page.get_by_label("Reply")).to_have_value("nästan klar, och bort")
        await page.get_by_label("Reply").fill("klar")
        await page.get_by_role("button", name="Send").dblclick()
        await expect(page.locator(".by-counsellor .body")).to_have_text(["klar"])
        await asyncio.sleep(1)
        await page.reload()
        await expect(page.get_by_label("Reply")).to_have_value("")
        await expect(page.locator(".by-counsellor .body")).to_have_text(["klar"])


async def test_a_ready_text_is_added_to_what_is_there(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("hej")
        await page.get_by_text("Ready texts").click()
        await page.get_by_role("button", name="First greeting").click()
        await expect(page.get_by_label("Reply")).to_have_value(
            "hej\nHej, Alva här. Jag är en person och har läst dina svar, "
            "du slipper börja om. Vad är viktigast just nu?"
        )
        await expect(page.get_by_label("Reply")).to_be_focused()


async def test_whoever_is_signed_out_leaves_nothing_on_the_screen_and_finds_their_words_again(
    desk: Desk,
) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("halva meningen")
        await page.get_by_label("Internal note").fill("en halv anteckning")
        await expect(page.locator("#draft")).to_have_text("Draft kept")
        (session,) = (c for c in await page.context.cookies() if c["name"] == SESSION_COOKIE)
        await sign_out(desk.world.house, session["value"])
        await page.wait_for_url("**/login", timeout=FRESH)
        await expect(page.locator("body")).not_to_contain_text("halv")
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports each 401
    async with desk.window() as page:
        await page.goto(desk.path)
        await expect(page.get_by_label("Reply")).to_have_value("halva meningen")
        await expect(page.get_by_label("Internal note")).to_have_value("en halv anteckning")


async def test_whoever_is_signed_out_keeps_words_that_the_line_does_not_have(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window() as page:
        await page.route("**/draft", lambda route: route.abort())
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("halva meningen")
        (session,) = (c for c in await page.context.cookies() if c["name"] == SESSION_COOKIE)
        await sign_out(desk.world.house, session["value"])
        (session,) = (c for c in await page.context.cookies() if c["name"] == SESSION_COOKIE)
        await sign_out(desk.world.house, session["value"])
        said = "You have been signed out."
        await expect(page.locator("#connection")).to_contain_text(said, timeout=FRESH)
        await expect(page.get_by_label("Reply")).to_have_value("halva meningen")
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports each 401


async def test_without_a_script_the_whole_work_is_done(desk: Desk) -> None:
    async with desk.window(java_script_enabled=False) as page:
        await page.goto(f"{desk.base}/queue")
        await page.locator("#waiting li").first.get_by_role("button", name="Take").click()
        await expect(page).to_have_url(desk.path)
        await page.get_by_label("Reply").fill("ç")
        await page.get_by_role("button", name="Count and keep").click()
        await expect(page.locator("#count")).to_contain_text("1 SMS · UCS-2 · 69 left")
        await page.get_by_label("Reply").fill("hej, jag läser")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator(".by-counsellor")).to_contain_text("hej, jag läser")
        await expect(page.locator(".by-counsellor")).to_contain_text("Waiting")
        await page.get_by_label("Internal note").fill("orolig för brodern")
        await page.get_by_role("button", name="Save note").click()
        await expect(page.locator(".noted")).to_contain_text("Internal note")
        await page.locator(".noted summary").click()
        await page.locator(".noted").get_by_role("button", name="Redact").click()
        await expect(page.locator(".noted")).to_contain_text("The words have been destroyed.")
        await page.get_by_label("Outcome").select_option("information")
        await page.get_by_role("button", name="Close").click()
        await expect(page.locator("#may")).to_contain_text("Outcome: Got information.")


async def test_without_a_script_a_warning_is_read_before_it_is_sent(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.other)
    async with desk.window(java_script_enabled=False) as page:
        await page.goto(f"{desk.base}/conversations/{desk.other}")
        await page.get_by_label("Reply").fill("är det säkert?")
        await page.get_by_role("checkbox", name="Is it safe to write? Yes").check()
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator(".by-counsellor")).to_contain_text("är det säkert?")


async def test_on_a_phone_one_pane_stands_at_a_time(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    async with desk.window(**PHONE) as page:
        await page.goto(desk.path)
        await expect(page.get_by_role("button", name="Send")).to_be_in_viewport()
        await expect(page.get_by_role("button", name="Release")).to_be_hidden()
        await page.get_by_role("link", name="Contact", exact=True).click()
        await expect(page.get_by_role("button", name="Release")).to_be_visible()
        await expect(page.get_by_label("Reply")).to_be_hidden()
        await page.get_by_role("link", name="To the conversation").click()
        await expect(page.get_by_label("Reply")).to_be_visible()


async def test_language_and_light_are_chosen_and_kept(desk: Desk) -> None:
    async with desk.window(color_scheme="light") as page:
        await page.goto(f"{desk.base}/queue")
        await page.locator(".menu summary").click()
        await page.get_by_role("button", name="Dark").click()
        await expect(page.locator("html")).to_have_attribute("data-look", "dark")
        await expect(page.locator("body")).to_have_css("background-color", "rgb(14, 21, 23)")
        await page.locator(".menu summary").click()
        await page.get_by_role("button", name="Svenska").click()
        await expect(page.get_by_role("heading", name="Kö", exact=True)).to_be_visible()


async def test_a_closed_conversation_is_read_and_not_written(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    await close(desk.world.house, desk.world.counsellor, desk.talk, Outcome.OTHER)
    async with desk.window() as page:
        await page.goto(desk.path)
        await expect(page.locator("#may")).to_contain_text("Outcome: Other.")
        await expect(page.get_by_label("Reply")).to_have_count(0)
        await desk.world.text("hej igen")
        await expect(page.get_by_role("button", name="Take")).to_be_visible(timeout=FRESH)
        await page.get_by_role("button", name="Take").click()
        await expect(page.get_by_label("Reply")).to_be_visible()
