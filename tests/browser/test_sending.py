"""Send and Save note in place: what is written while the words are on their way is not lost."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Route, expect

from domain.gate import Gate
from domain.message import Author
from handlers.seen import Noted, Said
from handlers.set_gate import set_gate
from handlers.take import take
from tests.browser.conftest import one_loop
from tests.browser.desk import PHONE, Desk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@one_loop(autouse=True)
async def mine(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)


def held(until: asyncio.Event) -> Callable[[Route], Awaitable[None]]:
    async def hold(route: Route) -> None:
        await until.wait()
        await route.continue_()

    return hold


async def lost(route: Route) -> None:
    """It comes to the line, whose answer does not come back."""
    await route.fetch()
    await route.abort()


async def written(desk: Desk) -> list[str | None]:
    """What staff wrote, as the thread has it."""
    thread = (await desk.world.see(desk.talk)).thread
    said = [item for item in thread if isinstance(item, Said)]
    return [item.body for item in said if item.author is Author.COUNSELLOR]


async def test_what_is_pressed_meanwhile_is_done_after_it(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", held(may_go))
        await page.get_by_label("Reply").fill("ett")
        await page.get_by_role("button", name="Send").dblclick()
        await page.get_by_label("Internal note").fill("kort")
        await page.get_by_role("button", name="Save note").click()
        may_go.set()
        await expect(page.locator(".noted")).to_contain_text("kort")
        await expect(page.get_by_label("Internal note")).to_have_value("")
        await expect(page.locator("#draft")).to_have_text("")
    assert await written(desk) == ["ett"]


async def test_what_is_written_while_a_text_is_on_its_way_stays_in_the_box(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.evaluate("window.stays = true")
        await page.route("**/reply", held(may_go))
        box, state = page.get_by_label("Reply"), page.locator("#draft")
        await box.focus()
        await page.keyboard.type("jag är här")
        await page.keyboard.press("Control+Enter")
        await expect(state).to_have_text("Sending…")
        await page.keyboard.type(" hela natten")
        may_go.set()
        await expect(page.locator(".by-counsellor .body")).to_have_text(["jag är här"])
        await expect(box).to_have_value("hela natten")
        await expect(box).to_be_focused()
        await expect(state).to_have_text("Draft kept")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".by-counsellor .body")).to_have_text(
            ["jag är här", "hela natten"]
        )
        await expect(box).to_have_value("")
        await expect(page.locator("#count")).to_contain_text("160")
        assert await page.evaluate("window.stays")
        await page.reload()
        await expect(box).to_have_value("")


async def test_a_note_is_saved_beside_a_reply_that_is_begun(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/note", held(may_go))
        reply, note = page.get_by_label("Reply"), page.get_by_label("Internal note")
        await reply.fill("inte färdig")
        await note.fill("kort")
        await page.get_by_role("button", name="Save note").click()
        await expect(page.locator("#draft")).to_have_text("Saving…")
        await note.fill("kort, och mer")
        may_go.set()
        await expect(page.locator(".noted")).to_contain_text("kort")
        await expect(note).to_have_value(", och mer")
        await expect(reply).to_have_value("inte färdig")
        await expect(page.locator("#draft")).to_have_text("Draft kept")
        await page.reload()
        await expect(note).to_have_value(", och mer")
        await expect(reply).to_have_value("inte färdig")
    thread = (await desk.world.see(desk.talk)).thread
    assert [item.body for item in thread if isinstance(item, Noted)] == ["kort"]


async def test_a_text_that_does_not_get_through_stays_and_is_sent_once(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", lost)
        await page.get_by_label("Reply").fill("vi ses")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator("#unsent")).to_contain_text("it goes once only")
        await expect(page.get_by_label("Reply")).to_have_value("vi ses")
        await page.unroute("**/reply")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_label("Reply")).to_have_value("")
        await expect(page.locator("#unsent")).to_have_text("")
        await expect(page.locator(".by-counsellor .body")).to_have_text(["vi ses"])
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports what was lost


async def test_what_the_line_does_not_take_is_said_with_the_words_in_the_box(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", held(may_go))
        await page.get_by_label("Reply").fill("är du kvar")
        await page.get_by_role("button", name="Send").click()
        await page.get_by_label("Internal note").fill("svarar inte")
        await set_gate(desk.world.house, desk.world.counsellor, desk.talk, Gate.CLOSED)
        may_go.set()
        await expect(page.locator(".trouble").first).to_be_visible()
        await expect(page.get_by_label("Reply")).to_have_value("är du kvar")
        await expect(page.get_by_label("Internal note")).to_have_value("svarar inte")
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports a 4xx
    assert "är du kvar" not in await written(desk)


async def test_a_warning_is_read_anew_for_each_text(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.other)
    async with desk.window() as page:
        await page.goto(f"{desk.base}/conversations/{desk.other}")
        await page.get_by_label("Reply").fill("är det säkert?")
        await page.get_by_role("checkbox", name="Is it safe to write? Yes").check()
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator(".by-counsellor .body")).to_have_text(["är det säkert?"])
        await expect(page.get_by_label("Reply")).to_have_value("")
        await expect(page.locator("#asked:checked")).to_have_count(0)


async def test_on_a_phone_the_text_that_was_sent_stands_in_sight(desk: Desk) -> None:
    async with desk.window(**PHONE) as page:
        await page.goto(desk.path)
        for text in ("ett", "två", "tre", "fyra"):
            await page.get_by_label("Reply").fill(text)
            await page.get_by_role("button", name="Send").tap()
            newest = page.locator(".by-counsellor .body").last
            await expect(newest).to_have_text(text)
            await expect(newest).to_be_in_viewport()
            await expect(page.get_by_label("Reply")).to_have_value("")
