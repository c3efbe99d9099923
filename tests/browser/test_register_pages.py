"""The register and the contact's own file: by keyboard, clean in every light, without a script."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from playwright.async_api import Page, expect

from domain.disclosure import Authority, Ground, Scope
from domain.member import Role
from handlers.ask_disclosure import Asked, ask_disclosure
from handlers.decide_disclosure import agree
from handlers.see_register import see_register
from handlers.write_note import write_note
from staff.visit import SESSION_COOKIE
from tests.browser.conftest import one_loop
from tests.browser.desk import DESKTOP, PHONE, Desk, watched
from tests.browser.everything import fits, is_clean
from tests.browser.test_axe import clean
from tests.team import Colleague, first, hired, let_in, signed_in
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

at_every_size = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
SCRIPT = "<script>document.title='x'</script><img src=x onerror=alert(1)>"
ASKED = Asked(Authority.POLICE, Ground.GRAVE_CRIME, (Scope.TIMES,), SCRIPT, SCRIPT, silent=True)


@dataclass
class Office:
    """Cia coordinates, was admitted, and is signed in with her key."""

    desk: Desk
    cia: Colleague

    async def window(self, **options: Any) -> Page:
        context = await self.desk.browser.new_context(**{"locale": "en-GB"} | options)
        token = await signed_in(self.cia)
        kept = {"name": SESSION_COOKIE, "value": token, "url": self.desk.base, "httpOnly": True}
        await context.add_cookies([kept])  # type: ignore[list-item] # as Playwright reads it
        return await watched(context)


@one_loop
async def office(desk: Desk) -> AsyncIterator[Office]:
    world = desk.world
    alva = await first(world.house, world.counsellor)
    cia = await hired(world.house, "Cia", Role.COORDINATOR)
    await let_in(alva, cia)
    await write_note(await alva.reads(), alva.member, desk.talk, SCRIPT, form_key=uuid4())
    yield Office(desk, cia)


@at_every_size
async def test_a_request_is_written_down_agreed_and_given(desk: Desk, size: dict[str, Any]) -> None:
    cia = await World.hired(desk.world.house, "Cia", Role.COORDINATOR)
    elis = await World.hired(desk.world.house, "Elis")
    async with desk.window(**size) as page:
        await page.goto(f"{desk.base}/conversations/{desk.talk}/disclosure")
        await page.get_by_label("Who asks?").select_option("police")
        await page.get_by_label("Their case number").fill(SCRIPT)
        await page.get_by_label("Which rule").select_option("grave_crime")
        await page.get_by_role("button", name="Write down").press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("one thing at least")
        await is_clean(page)
        await fits(page)
        await page.get_by_label("Times").press("Space")
        await page.get_by_label("What else").fill(SCRIPT)
        await page.get_by_role("button", name="Write down").press("Enter")
        await page.get_by_role("link", name="Open").first.press("Enter")
        await expect(page.get_by_text(SCRIPT).first).to_be_visible()
        await expect(page.get_by_text("You wrote it down")).to_be_visible()
        await expect(page.get_by_role("button", name="I agree")).to_have_count(0)
        await is_clean(page)
        entry = page.url
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports the 422
    async with desk.window_of(elis, **size) as page:
        await page.goto(f"{desk.base}/queue")
        await page.locator("#tasks").get_by_role("link", name="Open").press("Enter")
        await page.get_by_role("button", name="I agree").press("Enter")
        await expect(page.get_by_text("Somebody else has to agree, too.")).to_be_visible()
        await is_clean(page)
    async with desk.window_of(cia, **size) as page:
        await page.goto(entry)
        await page.get_by_role("button", name="I agree").press("Enter")
        await page.get_by_role("group").get_by_label("Times").press("Space")
        await is_clean(page)
        await fits(page)
        await page.get_by_role("button", name="It has been given").press("Enter")
        await expect(page.get_by_role("heading", name="Given", exact=True)).to_be_visible()
        await clean(desk, page, entry.removeprefix(desk.base), "/register")


@at_every_size
async def test_the_pages_are_clean_in_every_state_and_without_a_script(
    desk: Desk, size: dict[str, Any]
) -> None:
    world = desk.world
    cia = await World.hired(world.house, "Cia", Role.COORDINATOR)
    for _ in range(2):
        await ask_disclosure(world.house, cia, desk.talk, ASKED, form_key=uuid4())
    half, asked = (one.entry.id for one in (await see_register(world.house, cia)).unsettled)
    await agree(world.house, world.counsellor, half)
    paths = ["/register", f"/register/{half}", f"/register/{asked}"]
    async with desk.window(**size) as page:
        await clean(desk, page, *paths, f"/conversations/{desk.talk}/disclosure")
    async with desk.window_of(cia, **size, java_script_enabled=False) as page:
        await page.goto(f"{desk.base}/register/{asked}")
        await page.get_by_label("Reason").select_option("unclear")
        await page.get_by_role("button", name="Refuse the request").press("Enter")
        await expect(page.get_by_role("heading", name="Refused")).to_be_visible()


@at_every_size
async def test_the_file_is_made_and_reads(
    office: Office, size: dict[str, Any], tmp_path: Path
) -> None:
    page = await office.window(**size)
    path = f"/conversations/{office.desk.talk}/export"
    await clean(office.desk, page, path)
    await page.goto(office.desk.base + path)
    await page.get_by_label("On what ground?").select_option("access")
    await page.get_by_label("How do you know").fill(SCRIPT)
    await page.get_by_label("I am sure").press("Space")
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Make the file").press("Enter")
    download = await coming.value
    assert download.suggested_filename == "utvag.zip"
    with ZipFile(await download.path()) as file:
        file.extractall(tmp_path)
    await page.goto((tmp_path / "index.html").as_uri())
    await expect(page.get_by_text(SCRIPT).first).to_be_visible()
    assert "x" not in await page.title()
    await is_clean(page)
    await fits(page)
    await page.emulate_media(media="print")
    await fits(page)
    assert page.problems == []  # type: ignore[attr-defined] # kept by `watched`
    await page.context.close()
