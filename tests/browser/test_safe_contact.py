"""Safe contact, at both sizes and in both lights: seen, changed by few presses, and by keyboard."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from domain.gate import Gate
from handlers.receive import receive
from handlers.set_gate import set_gate
from handlers.take import take
from tests.browser.conftest import one_loop
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.browser.everything import fits, is_clean

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

both = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
lights = pytest.mark.parametrize("scheme", ["light", "dark"])


@one_loop(autouse=True)
async def mine(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)
    await set_gate(desk.world.house, desk.world.counsellor, desk.talk, Gate.OPEN)


async def about(page: Page, desk: Desk) -> None:
    await page.goto(f"{desk.path}#about")
    await expect(page.get_by_role("heading", name="Safe contact")).to_be_visible()


async def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


@both
@lights
async def test_it_is_changed_with_few_presses(
    desk: Desk, size: dict[str, Any], scheme: str
) -> None:
    async with desk.window(**size, color_scheme=scheme) as page:
        name = f"safe-{size['viewport']['width']}-{scheme}"
        await about(page, desk)
        await shot(page, f"{name}-0")
        async with page.expect_navigation():
            await page.get_by_role("button", name="The phone may be watched").press("Enter")
        await about(page, desk)
        await expect(page.get_by_text("May be watched.")).to_be_visible()
        async with page.expect_navigation():
            await page.get_by_role("button", name="Call", exact=True).press("Enter")
        await about(page, desk)
        await expect(page.get_by_role("button", name="Call", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
        no = page.locator(".toggles").nth(1).get_by_role("button", name="No", exact=True)
        async with page.expect_navigation():
            await no.click()
        await about(page, desk)
        await page.get_by_text("Agree upon a quiet word").click()
        await page.get_by_label("Quiet word").fill("blåbärspaj")
        await shot(page, f"{name}-1")
        async with page.expect_navigation():
            await page.get_by_role("button", name="We met").click()
        await about(page, desk)
        await expect(page.get_by_text("It has not been given yet.")).to_be_visible()
        assert "blåbärspaj" not in await page.content()
        world = desk.world
        await receive(world.house, [world.message("det är jag, blåbärspaj")])
        await page.goto(desk.path)
        await expect(page.get_by_text("The quiet word was given")).to_be_visible()
        assert "blåbärspaj" not in await page.content()
        await is_clean(page)
        await fits(page)
        await shot(page, f"{name}-2")
        await about(page, desk)
        await page.get_by_text("Agree upon a quiet word").click()
        await is_clean(page)
        await fits(page)
        await shot(page, f"{name}-3")


@both
@lights
async def test_words_that_betray_are_named_and_a_neutral_way_is_offered(
    desk: Desk, size: dict[str, Any], scheme: str
) -> None:
    async with desk.window(**size, color_scheme=scheme) as page:
        name = f"words-{size['viewport']['width']}-{scheme}"
        await about(page, desk)
        async with page.expect_navigation():
            await page.get_by_role("button", name="The phone may be watched").click()
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("Polisen vet om gänget")
        await page.get_by_role("button", name="Send", exact=True).click()
        warning = page.locator(".betrays")
        await expect(warning).to_contain_text("Polisen, gänget")
        await expect(page.get_by_label("Reply")).to_have_value("Polisen vet om gänget")
        await is_clean(page)
        await fits(page)
        await shot(page, f"{name}-0")
        await page.get_by_role("link", name="Write this instead").click()
        await expect(page.get_by_label("Reply")).to_have_value(
            "Hej, Alva här. Jag är en person. Passar det att skriva nu?"
        )
        await page.get_by_label("Reply").fill("Polisen vet om gänget")
        await page.get_by_role("button", name="Send", exact=True).click()
        await page.get_by_role("button", name="Send with these words all the same").press("Enter")
        await expect(page.locator(".by-counsellor .body")).to_have_text(["Polisen vet om gänget"])
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports each 409


async def test_without_javascript_too(desk: Desk) -> None:
    async with desk.window(java_script_enabled=False) as page:
        await about(page, desk)
        await page.get_by_role("button", name="The phone may be watched").click()
        await expect(page.get_by_text("May be watched.")).to_be_visible()
        await page.get_by_label("Reply").fill("the police")
        await page.get_by_role("button", name="Send", exact=True).click()
        await page.get_by_role("button", name="Send with these words all the same").click()
        await expect(page.locator(".by-counsellor .body")).to_have_text(["the police"])
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports the 409


async def test_on_a_phone_what_was_saved_is_in_sight_and_the_way_back_too(desk: Desk) -> None:
    async with desk.window(**PHONE) as page:
        await about(page, desk)
        for field, time in (("From", "09:00"), ("To", "21:00")):
            await page.get_by_label(field, exact=True).fill(time)
        async with page.expect_navigation():
            await page.get_by_role("button", name="Save hours").click()
        await expect(page.locator("#hours-now")).to_be_in_viewport(ratio=1)
        await expect(page.locator("#hours-now")).to_contain_text("09:00")
        async with page.expect_navigation():
            await page.get_by_role("button", name="The phone may be watched").click()
        await expect(page.get_by_role("heading", name="Safe contact")).to_be_in_viewport(ratio=1)
        await page.get_by_role("link", name="To the conversation").click()
        await expect(page.get_by_label("Reply")).to_be_in_viewport(ratio=1)


async def test_on_a_phone_hours_that_cannot_be_are_refused_in_sight(desk: Desk) -> None:
    async with desk.window(**PHONE) as page:
        await about(page, desk)
        for field in ("From", "To"):
            await page.get_by_label(field, exact=True).fill("21:00")
        async with page.expect_navigation():
            await page.get_by_role("button", name="Save hours").click()
        await expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports the 422


async def same_line(page: Page, one: str, other: str) -> bool:
    first = await page.locator(one).bounding_box()
    second = await page.locator(other).bounding_box()
    assert first is not None
    assert second is not None
    apart = first["y"] >= second["y"] + second["height"]
    return not apart and second["y"] < first["y"] + first["height"]


async def test_on_a_phone_what_belongs_together_shares_a_line(desk: Desk) -> None:
    async with desk.window(**PHONE) as page:
        await page.goto(desk.path)
        assert await same_line(page, "#count", "#send")
        assert await same_line(page, "#note", "#save-note")
        await page.get_by_label("Internal note").fill(
            "Hemma med en förälder efter tio, inga texter"
        )
        assert not await same_line(page, "#note", "#save-note")
    await set_gate(desk.world.house, desk.world.counsellor, desk.talk, Gate.CLOSED)
    await receive(desk.world.house, [desk.world.message("är du där")])
    async with desk.window(**PHONE) as page:
        await page.goto(desk.path)
        assert await same_line(page, "#may .tick", "#send")
