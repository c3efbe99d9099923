"""Send in place, on a slow or broken line: only what stood in the box at the press goes, once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, Route, expect

from domain.gate import Gate
from handlers.set_gate import set_gate
from handlers.sign_in import sign_out
from handlers.take import take
from handlers.transfer import transfer
from staff.visit import SESSION_COOKIE
from tests.browser.conftest import one_loop
from tests.browser.desk import Desk
from tests.browser.test_sending import held, written

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PRESSED_AT_ONCE = """() => {
  const box = document.getElementById("reply");
  box.addEventListener("input", () => setTimeout(() => {
    document.getElementById("send").click();
    document.body.dataset.pressed = "again";
  }), { once: true });
}"""
"""As soon as the box is emptied, Send once more; no frame that is late comes in between."""


@one_loop(autouse=True)
async def mine(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)


def answering(status: int, *, passed_on: bool) -> Callable[[Route], Awaitable[None]]:
    """Somebody between the page and the line answers, whether or not the line was asked."""

    async def answer(route: Route) -> None:
        if passed_on:
            await route.fetch()
        await route.fulfill(status=status)

    return answer


async def type_and_press(page: Page, text: str) -> None:
    await page.get_by_label("Reply").fill(text)
    await page.get_by_role("button", name="Send").click()


async def test_a_second_press_sends_nothing_that_is_written_after_it(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", held(may_go))
        await page.get_by_label("Reply").fill("ett")
        await page.get_by_role("button", name="Send").dblclick()
        await page.get_by_label("Reply").press_sequentially(" men inte")
        may_go.set()
        await expect(page.locator("#draft")).to_have_text("Draft kept")
        await expect(page.get_by_label("Reply")).to_have_value("men inte")
    assert await written(desk) == ["ett"]


async def test_what_was_pressed_meanwhile_is_sent_and_what_came_after_that_stays(
    desk: Desk,
) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", held(may_go))
        await type_and_press(page, "ett")
        await type_and_press(page, "ett två")
        await page.get_by_label("Reply").press_sequentially(" tre")
        may_go.set()
        await expect(page.locator(".by-counsellor .body")).to_have_text(["ett", "två"])
        await expect(page.get_by_label("Reply")).to_have_value("tre")
    assert await written(desk) == ["ett", "två"]


async def test_a_second_press_after_the_answer_does_not_stop_the_keeping(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("ett")
        await page.evaluate(PRESSED_AT_ONCE)
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator("body")).to_have_attribute("data-pressed", "again")
        await page.get_by_label("Reply").fill("nästa")
        await expect(page.locator("#draft")).to_have_text("Draft kept")
        await page.reload()
        await expect(page.get_by_label("Reply")).to_have_value("nästa")


async def test_what_the_page_asks_again_is_what_was_pressed(desk: Desk) -> None:
    may_go = asyncio.Event()

    async def refuse(route: Route) -> None:
        if "quiet=1" not in (route.request.post_data or ""):
            await route.continue_()
            return
        await may_go.wait()
        await route.fulfill(status=204)

    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", refuse)
        await type_and_press(page, "ett")
        await page.get_by_label("Reply").press_sequentially(" men inte")
        async with page.expect_navigation():
            may_go.set()
        await expect(page.locator(".by-counsellor .body")).to_have_text(["ett"])
        await expect(page.get_by_label("Reply")).to_have_value("men inte")
        await page.reload()
        await expect(page.get_by_label("Reply")).to_have_value("men inte")
    assert await written(desk) == ["ett"]


async def test_a_refusal_is_shown_with_all_that_stands_in_the_box(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", held(may_go))
        await type_and_press(page, "ett")
        await page.get_by_label("Reply").press_sequentially(" och två")
        await set_gate(desk.world.house, desk.world.counsellor, desk.talk, Gate.CLOSED)
        may_go.set()
        await expect(page.locator(".trouble").first).to_be_visible()
        await expect(page.get_by_label("Reply")).to_have_value("ett och två")
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports a 4xx
    assert await written(desk) == []


@pytest.mark.parametrize("status", [500, 502, 504, 200])
async def test_what_an_error_in_between_hides_is_sent_once(desk: Desk, status: int) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.evaluate("window.stays = true")
        await page.route("**/reply", answering(status, passed_on=True))
        await type_and_press(page, "ett")
        await expect(page.locator("#unsent")).to_contain_text("it goes once only")
        await expect(page.locator(".by-counsellor .body")).to_have_text(["ett"])
        await expect(page.get_by_label("Reply")).to_have_value("ett")
        await page.unroute("**/reply")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_label("Reply")).to_have_value("")
        assert await page.evaluate("window.stays")
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports a 5xx
    assert await written(desk) == ["ett"]


@pytest.mark.parametrize("status", [403, 413, 429])
async def test_the_words_stay_where_the_page_can_send_no_more(desk: Desk, status: int) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", answering(status, passed_on=False))
        await type_and_press(page, "ett")
        await expect(page.locator("#unsent")).to_contain_text("did not go through")
        await expect(page.get_by_label("Reply")).to_have_value("ett")
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports a 4xx
    assert await written(desk) == []


async def test_a_text_goes_though_whoever_sent_it_leaves_at_once(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        await type_and_press(page, "ett")
        await page.goto(f"{desk.base}/queue")
        await page.goto(desk.path)
        await expect(page.locator(".by-counsellor .body")).to_have_text(["ett"])


async def test_a_text_goes_though_whoever_sent_it_leaves_while_a_draft_is_being_kept(
    desk: Desk,
) -> None:
    too_late = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/draft", held(too_late), times=1)
        async with page.expect_request("**/draft"):
            await page.get_by_label("Reply").fill("ett")
        await page.get_by_label("Internal note").fill("en halv anteckning")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator("#draft")).to_have_text("Sending…")
        await page.goto(f"{desk.base}/queue")
        too_late.set()
        await page.goto(desk.path)
        await expect(page.locator(".by-counsellor .body")).to_have_text(["ett"])
        await expect(page.get_by_label("Internal note")).to_have_value("en halv anteckning")
    assert await written(desk) == ["ett"]


async def test_words_stay_in_sight_where_a_colleague_got_the_conversation_meanwhile(
    desk: Desk,
) -> None:
    may_go = asyncio.Event()
    elis = await desk.world.hired(desk.world.house, "Elis")
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", held(may_go))
        await type_and_press(page, "ett")
        await page.get_by_label("Reply").press_sequentially(" och två")
        await page.get_by_label("Internal note").fill("en rad")
        await transfer(desk.world.house, desk.world.counsellor, desk.talk, elis.id)
        async with page.expect_navigation():
            may_go.set()
        await expect(page.locator("main")).to_contain_text("ett och två")
        await expect(page.locator("main")).to_contain_text("en rad")
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports a 4xx
    assert await written(desk) == []


async def test_a_text_that_is_changed_while_it_goes_is_not_taken_for_unsent(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", held(may_go))
        await type_and_press(page, "jag komer")
        await page.get_by_label("Reply").fill("jag kommer")
        may_go.set()
        await expect(page.locator("#unsent")).to_contain_text("What you sent has gone")
        await expect(page.get_by_label("Reply")).to_have_value("jag kommer")
    assert await written(desk) == ["jag komer"]


async def test_who_writes_on_keeps_the_place_in_the_box(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", held(may_go))
        box = page.get_by_label("Reply")
        await type_and_press(page, "ett")
        await box.press("End")
        await box.press_sequentially(" två fyra")
        for _ in range(4):
            await box.press("ArrowLeft")
        may_go.set()
        await expect(box).to_have_value("två fyra")
        await box.press_sequentially("tre ")
        await expect(box).to_have_value("två tre fyra")


async def test_a_browser_without_time_limits_sends(desk: Desk) -> None:
    async with desk.window() as page:
        await page.add_init_script("delete AbortSignal.timeout")
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("ett")
        await expect(page.locator("#draft")).to_have_text("Draft kept")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_label("Reply")).to_have_value("")
    assert await written(desk) == ["ett"]


async def test_what_is_written_while_a_draft_is_being_kept_is_not_sent(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/draft", held(may_go))
        async with page.expect_request("**/draft"):
            await page.get_by_label("Reply").fill("ett")
        await page.get_by_role("button", name="Send").click()
        await page.get_by_label("Reply").press_sequentially(" men inte")
        may_go.set()
        await expect(page.locator(".by-counsellor .body")).to_have_text(["ett"])
        await expect(page.get_by_label("Reply")).to_have_value("men inte")
    assert await written(desk) == ["ett"]


async def test_a_slow_draft_does_not_take_the_place_of_a_newer_one(desk: Desk) -> None:
    first, may_go = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route) -> None:
        if not first.is_set():
            first.set()
            await may_go.wait()
        await route.continue_()

    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/draft", slowly)
        await page.get_by_label("Reply").fill("ett")
        await first.wait()
        await page.get_by_label("Reply").fill("ett två")
        await page.wait_for_timeout(900)
        async with page.expect_response("**/draft"):
            may_go.set()
        await expect(page.locator("#draft")).to_have_text("Draft kept")
        assert (await desk.world.see(desk.talk)).draft == "ett två"


async def test_nothing_is_said_to_be_kept_while_newer_words_are_not(desk: Desk) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    holds = [held(first), held(second)]

    async def each(route: Route) -> None:
        await holds.pop(0)(route)

    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/draft", each, times=2)
        async with page.expect_request("**/draft"):
            await page.get_by_label("Reply").fill("ett")
        await page.get_by_label("Internal note").fill("en halv anteckning")
        async with page.expect_request("**/draft"):
            first.set()
        assert await page.locator("#draft").text_content() == ""
        second.set()
        await expect(page.locator("#draft")).to_have_text("Draft kept")


async def test_a_form_that_is_too_large_is_refused_and_no_riddle(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.get_by_label("Internal note").fill("å" * 12_000)
        await type_and_press(page, "ett")
        await expect(page.locator("#unsent")).to_contain_text("did not go through")
        await expect(page.get_by_label("Reply")).to_have_value("ett")
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports a 4xx
    assert await written(desk) == []


async def test_words_stay_in_sight_of_whoever_was_signed_out_meanwhile(desk: Desk) -> None:
    may_go = asyncio.Event()
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.route("**/reply", held(may_go))
        await page.route("**/draft", lambda route: route.abort())  # the line does not have them
        await type_and_press(page, "ett")
        tokens = {each["name"]: each["value"] for each in await page.context.cookies()}
        await sign_out(desk.world.house, tokens[SESSION_COOKIE])
        may_go.set()
        await expect(page.get_by_label("Reply")).to_have_value("ett")
        await expect(page.get_by_role("link", name="Sign in")).to_be_visible()
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports a 401
    assert await written(desk) == []
