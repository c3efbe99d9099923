"""What a counsellor has begun to write is not lost, whatever is pressed, and stays in sight."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Route, expect

from domain.conversation import Outcome
from handlers.close import close
from handlers.keep_draft import keep_draft
from handlers.seen import Noted
from handlers.take import take
from tests.browser.conftest import one_loop
from tests.browser.desk import PHONE, Desk
from tests.browser.test_sending import lost

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@one_loop(autouse=True)
async def mine(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)


async def test_a_note_that_is_not_saved_outlives_send_and_is_asked_about_before_close(
    desk: Desk,
) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.get_by_label("Internal note").fill("träffar oss på torsdag")
        await page.get_by_label("Reply").fill("vi ses")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator(".by-counsellor .body")).to_have_text(["vi ses"])
        await expect(page.get_by_label("Internal note")).to_have_value("träffar oss på torsdag")
        await page.get_by_label("Outcome").select_option(label="Help has begun")
        await page.get_by_role("button", name="Close").click()
        await expect(page.locator("#close-form").get_by_role("alert")).to_contain_text("not saved")
        assert (await desk.world.see(desk.talk)).mine
        await page.get_by_role("button", name="Save note").click()
        await expect(page.locator(".noted")).to_contain_text("träffar oss på torsdag")
    thread = (await desk.world.see(desk.talk)).thread
    assert [item.body for item in thread if isinstance(item, Noted)] == ["träffar oss på torsdag"]


async def test_on_a_phone_it_is_asked_where_close_stands(desk: Desk) -> None:
    async with desk.window(**PHONE) as page:
        await page.goto(desk.path)
        await page.get_by_label("Internal note").fill("en sak till")
        await page.get_by_role("link", name="Contact", exact=True).click()
        await page.get_by_role("button", name="Release").click()
        await expect(page.get_by_role("alert")).to_be_in_viewport()
        await page.get_by_role("button", name="Release").click()
        await page.wait_for_url("**/queue")


async def test_no_button_slips_away_under_the_thumb_that_presses_it(desk: Desk) -> None:
    async with desk.window(**PHONE) as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("vi ses")
        await page.get_by_label("Internal note").fill("kort")
        await page.get_by_role("button", name="Send").tap()
        await expect(page.locator(".by-counsellor .body")).to_have_text(["vi ses"])
        await page.get_by_label("Reply").focus()
        await page.get_by_role("button", name="Save note").tap()
        await expect(page.locator(".noted")).to_contain_text("kort")


async def test_no_button_slips_away_where_the_keyboard_leaves_little_room(desk: Desk) -> None:
    low = PHONE | {"viewport": {"width": 667, "height": 375}}
    async with desk.window(**low) as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("vi ses")
        await page.get_by_label("Reply").blur()
        await page.get_by_role("button", name="Send").tap()
        await expect(page.locator(".by-counsellor .body")).to_have_text(["vi ses"])


async def test_the_last_words_are_kept_though_earlier_ones_are_on_their_way(desk: Desk) -> None:
    async def slowly(route: Route) -> None:
        await asyncio.sleep(0.5)
        await route.continue_()

    async with desk.window() as page:
        await page.route("**/draft", slowly)
        await page.goto(desk.path)
        async with page.expect_request("**/draft"):
            await page.get_by_label("Reply").fill("början")
        await page.get_by_label("Reply").fill("början och slutet")
        await page.get_by_label("Internal note").fill("kort")
        await page.get_by_role("button", name="Save note").click()
        await expect(page.locator(".noted")).to_contain_text("kort")
        await expect(page.get_by_label("Reply")).to_have_value("början och slutet")
        await page.reload()
        await expect(page.get_by_label("Reply")).to_have_value("början och slutet")


async def test_words_of_which_nobody_knows_that_they_were_kept_do_not_come_back_once_deleted(
    desk: Desk,
) -> None:
    async with desk.window() as page:
        await page.route("**/draft", lost, times=1)
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("halva meningen")
        await expect(page.locator("#draft")).to_contain_text("not kept")
        assert (await desk.world.see(desk.talk)).draft == "halva meningen"
        await page.get_by_label("Reply").fill("")
        await expect(page.locator("#draft")).to_have_text("Draft kept")
        await page.reload()
        await expect(page.get_by_label("Reply")).to_have_value("")
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports what was lost


async def test_what_was_written_before_the_script_came_is_kept_as_well(desk: Desk) -> None:
    come = asyncio.Event()

    async def late(route: Route) -> None:
        await come.wait()
        await route.continue_()

    async with desk.window(service_workers="block") as page:
        await page.route("**/static/desk.js*", late)
        await page.goto(desk.path, wait_until="commit")
        await page.get_by_label("Reply").fill("halva meningen")
        await page.get_by_label("Internal note").fill("en halv anteckning")
        assert (await desk.world.see(desk.talk)).draft == ""
        come.set()
        await expect(page.locator("#draft")).to_have_text("Draft kept")
        await page.goto(desk.path)
        await expect(page.get_by_label("Reply")).to_have_value("halva meningen")
        await expect(page.get_by_label("Internal note")).to_have_value("en halv anteckning")


async def test_without_a_script_either_button_keeps_both_boxes(desk: Desk) -> None:
    async with desk.window(java_script_enabled=False) as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("inte färdig")
        await page.get_by_label("Internal note").fill("kort")
        await page.get_by_role("button", name="Save note").click()
        await expect(page.locator(".noted")).to_contain_text("kort")
        await expect(page.get_by_label("Reply")).to_have_value("inte färdig")
        await page.get_by_label("Internal note").fill("en sak till")
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator(".by-counsellor .body")).to_have_text(["inte färdig"])
        await expect(page.get_by_label("Internal note")).to_have_value("en sak till")


async def test_a_reply_that_was_just_typed_outlives_every_other_button(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("inte färdig")
        await page.get_by_label("Internal note").fill("kort")
        await page.get_by_role("button", name="Save note").click()
        await expect(page.locator(".noted")).to_contain_text("kort")
        await expect(page.get_by_label("Reply")).to_have_value("inte färdig")
        await page.get_by_label("Reply").fill("")
        async with page.expect_navigation():  # a window is never closed while it is led on
            await page.get_by_role("button", name="No longer safe").click()
        await expect(page.locator(".gate-closed")).to_be_visible()
        await expect(page.get_by_label("Reply")).to_have_value("")


async def test_what_is_too_long_to_send_is_said_at_once_and_kept_whole(desk: Desk) -> None:
    long = "a" * 1_700
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill(long)
        await expect(page.locator("#count")).to_have_text("Over 1,600 characters, cannot be sent")
        await expect(page.locator("#draft")).to_have_text("Draft kept")
        await page.goto(desk.path)
        await expect(page.get_by_label("Reply")).to_have_value(long)


async def test_nothing_is_kept_for_a_conversation_that_is_closed(desk: Desk) -> None:
    house, alva = desk.world.house, desk.world.counsellor
    await close(house, alva, desk.talk, Outcome.OTHER)
    await keep_draft(house, alva, desk.talk, "en efterklok tanke")
    assert (await desk.world.see(desk.talk)).draft == ""
    assert await desk.world.count("drafts") == 0


async def test_with_the_keyboard_up_the_reply_and_send_stay_in_sight(desk: Desk) -> None:
    phone: dict[str, Any] = {"viewport": {"width": 375, "height": 400}}
    phone |= {"is_mobile": True, "has_touch": True}
    async with desk.window(**phone) as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").click()
        await page.get_by_label("Reply").type("hej, jag är här och läser det du skriver")
        for shown in (page.get_by_label("Reply"), page.get_by_role("button", name="Send")):
            await expect(shown).to_be_in_viewport(ratio=0.9)
            box = await shown.bounding_box()
            assert box is not None
            on_top = "([x, y]) => document.elementFromPoint(x, y)?.id"
            middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
            assert await page.evaluate(on_top, middle) in {"reply", "send"}
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator(".by-counsellor .body")).to_have_count(1)


async def test_so_they_do_beneath_a_warning(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.other)
    async with desk.window(viewport={"width": 375, "height": 400}) as page:
        await page.goto(f"{desk.base}/conversations/{desk.other}")
        await page.get_by_label("Reply").fill("är du där?")
        boxes = [
            await shown.bounding_box()
            for shown in (page.get_by_label("Reply"), page.get_by_role("button", name="Send"))
        ]
        assert all(box and box["y"] >= 0 and box["y"] + box["height"] <= 400 for box in boxes)


async def test_send_does_not_move_away_from_a_mouse_that_presses_it(desk: Desk) -> None:
    async with desk.window(viewport={"width": 375, "height": 400}) as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("hej")
        box = await page.get_by_role("button", name="Send").bounding_box()
        assert box is not None
        await page.mouse.click(box["x"] + 30, box["y"] + 20, delay=150)
        await expect(page.locator(".by-counsellor .body")).to_have_text(["hej"])


async def test_a_forms_own_address_leads_back_to_the_conversation(desk: Desk) -> None:
    async with desk.window() as page:
        for deed in ("take", "reply", "close"):
            await page.goto(f"{desk.path}/{deed}")
            assert page.url == desk.path
    assert (await desk.world.see(desk.talk)).mine
