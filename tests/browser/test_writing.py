"""What a counsellor has begun to write is not lost, whatever is pressed, and stays in sight."""

import pytest
from playwright.async_api import expect

from domain.conversation import Outcome
from handlers.close import close
from handlers.keep_draft import keep_draft
from handlers.seen import Noted
from handlers.take import take
from tests.browser.desk import Desk

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
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
        await expect(page.locator("#draft")).to_contain_text("not saved")
        assert (await desk.world.see(desk.talk)).mine
        await page.get_by_role("button", name="Save note").click()
        await expect(page.locator(".noted")).to_contain_text("träffar oss på torsdag")
    thread = (await desk.world.see(desk.talk)).thread
    assert [item.body for item in thread if isinstance(item, Noted)] == ["träffar oss på torsdag"]


async def test_a_reply_that_was_just_typed_outlives_every_other_button(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("inte färdig")
        await page.get_by_label("Internal note").fill("kort")
        await page.get_by_role("button", name="Save note").click()
        await expect(page.locator(".noted")).to_contain_text("kort")
        await expect(page.get_by_label("Reply")).to_have_value("inte färdig")
        await page.get_by_label("Reply").fill("")
        await (
            page.get_by_role("button", name="The contact has said")
            .or_(page.get_by_role("button", name="No longer safe"))
            .first.click()
        )
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
    phone = {"viewport": {"width": 375, "height": 400}, "is_mobile": True, "has_touch": True}
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


async def test_a_forms_own_address_leads_back_to_the_conversation(desk: Desk) -> None:
    async with desk.window() as page:
        for deed in ("take", "reply", "close"):
            await page.goto(f"{desk.path}/{deed}")
            assert page.url == desk.path
    assert (await desk.world.see(desk.talk)).mine
