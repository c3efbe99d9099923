"""The rota in a browser: edited on a phone, by keyboard, readable for everybody in both lights."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.async_api import expect

from domain.rota import ShiftRole
from handlers.go_by import go_by_its_own
from handlers.see_rota import line_called
from handlers.swap import Asked, ask_swap
from staff.words import words
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.browser.everything import fits, is_clean
from tests.browser.rota_scene import a_coordinator, at, rota_of, with_a_rota
from tests.browser.test_team import window
from tests.calendar_files import calendar, shift
from tests.team import proves, with_pair
from tests.test_rota_writing import there

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def pages(rota: UUID) -> list[str]:
    """Every page of the rota that a coordinator comes to."""
    grid = "begins=2026-03-09&weeks=2&from1=08:00&to1=20:00&from2=20:00&to2=08:00"
    return [
        "/rota", "/rota?view=month", "/rota?view=month&role=backup", "/rota/leave", "/rota/lines",
        f"/rota/{rota}/give?role=primary&from=2026-03-06T22:00&to=2026-03-07T06:00",
        f"/rota/{rota}/give?role=primary&from=2026-03-04T08:00&to=2026-03-04T10:00",
        f"/rota/{rota}/give?how=single", f"/rota/{rota}/patterns",
        f"/rota/{rota}/patterns/new?role=primary&{grid}", f"/rota/{rota}/needed",
        f"/rota/{rota}/import", "/rota/calendar",
        f"/rota/{rota}/swap?role=backup&from=2026-03-04T18:00&to=2026-03-05T08:00",
    ]  # fmt: skip


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_every_page_is_clean_and_fits(desk: Desk, size: dict[str, Any]) -> None:
    bo = await a_coordinator(desk.world)
    theirs = await with_pair(desk.world.house, bo)
    phrase = await proves(theirs)
    async with window(desk, theirs, **size) as page:
        for path in ("/rota", "/rota/lines"):
            await page.goto(desk.base + path)
            await is_clean(page)
        rota = await with_a_rota(desk.world, bo)
        asked = Asked(ShiftRole.PRIMARY, at(3, 6), at(3, 14))
        await ask_swap(desk.world.house, desk.world.counsellor, rota, asked, form_key=uuid4())
        for path in pages(rota):
            await page.goto(desk.base + path)
            for summary in await page.locator("main .mend > summary").all():
                await summary.click()
            await is_clean(page)
            await fits(page)
        await page.goto(f"{desk.base}/rota/calendar")
        await page.get_by_label("Your passphrase, so that nobody makes one for you").fill(phrase)
        await page.get_by_role("button", name="Make an address").click()
        await expect(page.get_by_label("Address to subscribe to")).to_be_visible()
        await is_clean(page)
        await page.goto(f"{desk.base}/rota/{rota}/import")
        for name, shown in (("Elis", "problems"), ("Alva", "changes")):
            file = calendar(shift(name, "20260304T0800", "20260304T1200"))
            await page.get_by_label("Calendar file").set_input_files(
                {"name": "jour.ics", "mimeType": "text/calendar", "buffer": file}
            )
            await page.get_by_role("button", name="Show what changes").click()
            heading = words("en").say(f"import.{shown}")
            await expect(page.get_by_role("heading", name=heading)).to_be_visible()
            await is_clean(page)
            await fits(page)
    async with desk.window(**size) as page:
        for path in ("/rota", "/rota/leave", f"{pages(rota)[-1]}"):
            await page.goto(desk.base + path)
            await is_clean(page)
            await fits(page)


@pytest.mark.parametrize("width", [320, 640])
async def test_enlarged_the_rota_still_fits(desk: Desk, width: int) -> None:
    bo = await a_coordinator(desk.world)
    rota = await with_a_rota(desk.world, bo)
    async with desk.window_of(bo, viewport={"width": width, "height": 512}) as page:
        for path in pages(rota):
            await page.goto(desk.base + path)
            await fits(page)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
async def test_a_coordinator_edits_the_rota_on_a_phone(desk: Desk, script: bool) -> None:
    bo = await a_coordinator(desk.world)
    await with_a_rota(desk.world, bo)
    async with desk.window_of(bo, **PHONE, java_script_enabled=script) as page:
        await page.goto(f"{desk.base}/queue")
        await page.get_by_role("link", name="On call").tap()
        await page.wait_for_url("**/rota")
        await expect(page.locator(".now-line")).to_contain_text("On call: Alva until 14:00")
        await page.get_by_role("link", name="Give to… Fri 6 Mar 22:00").tap()
        await page.get_by_label("Who", exact=True).select_option("Bo")
        await page.get_by_role("button", name="Save").tap()
        await expect(page.get_by_role("heading", name="1 gap")).to_be_visible()
        given = page.get_by_role("link", name="Bo Fri 6 Mar 22:00 to Sat 7 Mar 06:00")
        await expect(given.first).to_be_visible()
        await page.get_by_role("link", name="Alva Fri 6 Mar").tap()
        await expect(page.get_by_label("From", exact=True)).to_have_value("2026-03-06T06:00")
        await page.get_by_label("To", exact=True).fill("2026-03-06T09:00")
        await page.get_by_label("Who", exact=True).select_option("Caro")
        await page.get_by_role("button", name="Save").tap()
        await page.wait_for_url("**/rota?rota=*&day=2026-03-06")
        await page.get_by_role("link", name="Leave").tap()
        await page.get_by_label("Whose leave").select_option("Alva")
        await page.get_by_role("button", name="Save leave").tap()
        await expect(page.locator(".found")).to_contain_text("Alva Tue 3 Mar")
    assert await there(desk.world, at(4, 23)) == ["Bo", "Bo backup"]
    assert await there(desk.world, at(4, 8, 59)) == ["Caro"]
    assert await there(desk.world, at(4, 9)) == ["Alva"]
    assert await there(desk.world, at(1, 10)) == []


async def test_the_rota_is_read_and_edited_by_keyboard(desk: Desk) -> None:
    bo = await a_coordinator(desk.world)
    await with_a_rota(desk.world, bo)
    async with desk.window_of(bo) as page:
        await page.goto(f"{desk.base}/rota")
        block = page.get_by_role("link", name="Caro Tue 3 Mar")
        await block.focus()
        outline = await block.evaluate("e => getComputedStyle(e).outlineStyle")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.innerText.startsWith('Björn')")
        await page.keyboard.press("Shift+Tab")
        assert outline == "solid" or await block.evaluate("e => e.matches(':focus-visible')")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/give?*")
        await page.get_by_label("Who", exact=True).focus()
        for _ in ("Björn", "Bo"):
            await page.keyboard.press("B")
        await page.get_by_label("Together with").focus()
        await page.keyboard.press("Space")
        await page.get_by_role("button", name="Save").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/rota?rota=*")
    assert sorted(await there(desk.world, at(1, 15))) == ["Bo", "Caro"]


async def test_a_new_rota_is_made_and_filled_without_leaving_the_pages(desk: Desk) -> None:
    bo = await a_coordinator(desk.world)
    async with desk.window_of(bo, **PHONE) as page:
        await page.goto(f"{desk.base}/rota")
        await page.get_by_role("link", name="Lines and rotas").tap()
        await page.get_by_label("Card 2026").select_option("A new, empty rota of its own")
        await page.get_by_role("button", name="Save").tap()
        await expect(page.get_by_label("Card 2026")).to_contain_text("Its own rota")
        await page.goto(f"{desk.base}/rota")
        await expect(page.locator(".nobody-now")).to_have_text("Nobody is on call.")
        await page.get_by_role("link", name="Weekly patterns").tap()
        await page.get_by_role("button", name="Choose who").tap()
        await page.get_by_label("08:00–20:00").first.select_option("Alva")
        await page.get_by_label("20:00–08:00").first.select_option("Bo")
        await page.get_by_role("button", name="Save pattern").tap()
        await page.wait_for_url("**/rota?rota=*&day=2026-03-09")
        await expect(page.locator(".mine")).to_have_count(13)
    line = await line_called(desk.world.house, "Card 2026")
    assert line.rota_id == await rota_of(desk.world, bo)
    await go_by_its_own(desk.world.house, bo, line.id, form_key=UUID(int=1))
    assert await there(desk.world, at(8, 12)) == ["Alva"]
