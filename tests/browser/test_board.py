"""The board in a browser: it follows by itself, on a wall, on a phone and by keyboard."""

from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

from domain.conversation import Outcome
from domain.member import Member
from handlers.add_line import add_line
from handlers.close import close
from handlers.take import take
from handlers.write_leave import write_leave
from senders.sender import Refused
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.browser.everything import fits, full, is_clean
from tests.browser.rota_scene import a_coordinator, at, with_a_rota
from tests.browser.test_live import SOON, listening
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WALL: dict[str, Any] = {"viewport": {"width": 1920, "height": 1080}}
SIZES = {"wall": WALL, "desktop": DESKTOP, "phone": PHONE}
FLYER = "+46701740606"


async def all_of_it(desk: Desk) -> Member:
    """Two lines, and on the board everything that can stand there."""
    world = desk.world
    bo = await a_coordinator(world)
    await add_line(world.house, FLYER, "Flyer", ("sv", "en"), "exit")
    await full(desk)
    await with_a_rota(world, bo)
    tower = Tower(world)
    await tower.paged("Alva", "+46701740650")
    await tower.paged("Caro", "+46701740651")
    tower.answers["+46701740651"] = Refused(30005)
    await world.text("hej", "+46701740640", to=FLYER)
    world.clock.advance(minutes=40)
    await world.text(WORDS, "+46701740641", to=FLYER)
    await tower.tick()
    await tower.tick(minutes=3)
    return bo


def figure(page: Any, name: str, line: int = 1) -> Any:
    """One figure of a line, by its words."""
    found = page.locator(f"#line-{line} .figure").filter(has_text=name)
    return found.locator(".big")


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_it_is_clean_and_fits(desk: Desk, size: dict[str, Any]) -> None:
    bo = await a_coordinator(desk.world)
    async with desk.window_of(bo, **size) as page:
        await page.goto(f"{desk.base}/board")
        await is_clean(page)
        await fits(page)
    for talk in (desk.talk, desk.other):
        await take(desk.world.house, bo, talk)
        await close(desk.world.house, bo, talk, Outcome.OTHER)
    async with desk.window_of(bo, **size) as page:
        await page.goto(f"{desk.base}/board")
        await expect(page.get_by_text("Nobody is waiting, and nothing is amiss.")).to_be_visible()
        await is_clean(page)
        await fits(page)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_with_all_that_can_stand_there_too(desk: Desk, size: dict[str, Any]) -> None:
    bo = await all_of_it(desk)
    async with desk.window_of(bo, **size) as page:
        await page.goto(f"{desk.base}/board")
        for part in ("unanswered", "over", "people", "undelivered", "unreached", "gaps"):
            await expect(page.locator(f"#{part}")).to_be_visible()
        await is_clean(page)
        await fits(page)
        await page.goto(f"{desk.base}/board/{desk.talk}")
        await is_clean(page)
        await fits(page)


async def test_on_a_wall_every_figure_is_seen_at_once_and_large(desk: Desk) -> None:
    bo = await all_of_it(desk)
    async with desk.window_of(bo, **WALL) as page:
        await page.goto(f"{desk.base}/board")
        figures = page.locator(".figure")
        assert await figures.count() == 16
        for each in await figures.all():
            await expect(each).to_be_in_viewport(ratio=1)
        big = "e => parseFloat(getComputedStyle(e).fontSize)"
        assert await figure(page, "Waiting").evaluate(big) >= 64
        await expect(page.locator("#unanswered")).to_be_in_viewport()


@pytest.mark.parametrize("width", [320, 640])
async def test_enlarged_it_still_fits(desk: Desk, width: int) -> None:
    bo = await all_of_it(desk)
    async with desk.window_of(bo, viewport={"width": width, "height": 512}) as page:
        for path in ("/board", f"/board/{desk.talk}"):
            await page.goto(desk.base + path)
            await fits(page)


async def test_what_happens_stands_there_at_once(desk: Desk) -> None:
    world, bo = desk.world, await a_coordinator(desk.world)
    tower = Tower(world)
    await tower.paged("Alva", "+46701740650")
    async with desk.window_of(bo) as page:
        await page.goto(f"{desk.base}/board")
        await expect(page).to_have_title("(2) Board · Utväg")
        await listening(page)
        await world.text(WORDS, "+46701740620")
        await expect(figure(page, "Waiting")).to_have_text("3", timeout=SOON)
        await expect(figure(page, "P1 without")).to_have_text("1", timeout=SOON)
        await expect(page).to_have_title("(3) Board · Utväg")
        await tower.tick()
        await expect(page.locator("#unanswered")).to_contain_text("Paged once", timeout=SOON)
        await tower.answer("+46701740650", tower.code())
        await expect(figure(page, "P1 without")).to_have_text("0", timeout=SOON)
        await take(world.house, world.counsellor, desk.talk)
        await expect(figure(page, "With a counsellor")).to_have_text("1", timeout=SOON)
        await expect(page.locator("#people")).to_contain_text("1 conversation", timeout=SOON)


async def test_a_change_of_the_rota_stands_there_soon_and_the_session_ends_the_page(
    desk: Desk,
) -> None:
    world, bo = desk.world, await a_coordinator(desk.world)
    await with_a_rota(world, bo)
    async with desk.window_of(bo) as page:
        await page.goto(f"{desk.base}/board")
        await listening(page)
        await expect(page.locator("#people")).to_contain_text("Alva")
        before = await figure(page, "Gaps").text_content()
        await write_leave(
            world.house, bo, world.counsellor.id, at(0, 0), at(1, 0), form_key=uuid4()
        )
        await expect(page.locator("#people")).not_to_contain_text("Alva", timeout=SOON)
        await expect(figure(page, "Gaps")).not_to_have_text(before or "", timeout=SOON)
        world.clock.advance(hours=12, minutes=1)
        await page.wait_for_url("**/login", timeout=20_000)
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports the 401


async def test_nothing_on_it_moves(desk: Desk) -> None:
    bo = await all_of_it(desk)
    async with desk.window_of(bo) as page:
        await page.goto(f"{desk.base}/board")
        moving = """() => [...document.querySelectorAll("main *")].filter((e) => {
          const style = getComputedStyle(e);
          return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0.12;
        }).length"""
        assert await page.evaluate(moving) == 0


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
async def test_a_conversation_is_reassigned_on_a_phone(desk: Desk, script: bool) -> None:
    world, bo = desk.world, await a_coordinator(desk.world)
    await World.hired(world.house, "Elis")
    await take(world.house, world.counsellor, desk.talk)
    alias = (await world.see(desk.talk)).row.alias
    async with desk.window_of(bo, **PHONE, java_script_enabled=script) as page:
        await page.goto(f"{desk.base}/queue")
        await page.locator(".menu summary").tap()
        await page.get_by_role("link", name="Board").tap()
        await page.locator("#people").get_by_role("link", name=alias).tap()
        await page.get_by_label("To whom").select_option(label="Elis · On call · No conversation")
        await page.get_by_role("button", name="Reassign").tap()
        await page.wait_for_url("**/board")
    assert (await world.see(desk.talk)).row.owner == "Elis"


async def test_it_is_read_and_used_by_keyboard(desk: Desk) -> None:
    world, bo = desk.world, await a_coordinator(desk.world)
    await take(world.house, world.counsellor, desk.talk)
    alias = (await world.see(desk.talk)).row.alias
    async with desk.window_of(bo) as page:
        await page.goto(f"{desk.base}/board")
        await listening(page)
        link = page.locator("#people").get_by_role("link", name=alias)
        for _ in range(30):
            await page.keyboard.press("Tab")
            if await link.evaluate("e => e === document.activeElement"):
                break
        await expect(link).to_be_focused()
        await world.text("hej", "+46701740620")
        await expect(figure(page, "Waiting")).to_have_text("2", timeout=SOON)
        await expect(link).to_be_focused()
        assert await link.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
        await page.keyboard.press("Enter")
        await page.get_by_label("To whom").focus()
        await page.keyboard.press("B")  # Back to…: a browser forgets the first of several letters
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/board")
    assert (await world.see(desk.talk)).row.owner is None
