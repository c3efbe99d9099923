"""What colleagues write runs nowhere either; the second wall holds; the browser keeps nothing."""

from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from domain.access import Role
from domain.member import Member
from domain.need import Reason
from handlers.give_reason import give_reason
from handlers.keep_draft import keep_draft, keep_note_draft
from handlers.phrases import add_phrase
from handlers.take import take
from handlers.write_aside import write_aside
from handlers.write_note import write_note
from simulator.serving import running
from tests.browser.desk import Desk
from tests.browser.test_no_script import EVIL
from tests.test_canary import WORD
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

REPORTS = """
window.reports = [];
addEventListener("securitypolicyviolation", (told) => reports.push(told.effectiveDirective));
"""


async def written(desk: Desk) -> Member:
    """Names, notes, drafts, phrases; the coordinator who reads them."""
    house, world = desk.world.house, desk.world
    boss = await World.hired(house, f"Cia {EVIL[:60]}", Role.COORDINATOR)
    await take(house, world.counsellor, desk.talk)
    await write_note(house, world.counsellor, desk.talk, EVIL, form_key=uuid4())
    await keep_draft(house, world.counsellor, desk.talk, EVIL)
    await keep_note_draft(house, boss, desk.talk, EVIL)
    to = {"to": world.counsellor.id, "form_key": uuid4()}
    await give_reason(house, boss, desk.talk, Reason.REVIEW)
    await write_aside(house, boss, desk.talk, EVIL, **to)
    await add_phrase(house, boss, "en", EVIL[:40], EVIL[:200].replace("{", "(").replace("}", ")"),
                     form_key=uuid4())  # fmt: skip
    return boss


async def sound(page: Page, where: str) -> None:
    assert await page.evaluate("window.ran") is None, where
    assert await page.locator("hx-partial, img[src=x], svg[onload]").count() == 0, where
    assert await page.evaluate("window.reports") == [], where


async def test_nothing_that_staff_write_runs_on_any_page(desk: Desk) -> None:
    boss = await written(desk)
    for member in (boss, desk.world.counsellor):
        async with desk.window_of(member) as page:
            await page.add_init_script(REPORTS)
            paths = ["/queue", "/phrases", "/team", "/account", "/ways", "/rota", "/find"]
            paths += [f"/conversations/{desk.talk}", f"/conversations/{desk.talk}/handover"]
            paths += ["/board", f"/board/{desk.talk}"] if member is boss else []
            for path in paths:
                await page.goto(desk.base + path)
                await sound(page, path)


async def test_what_is_typed_into_a_form_and_comes_back_runs_nowhere(desk: Desk) -> None:
    boss = await World.hired(desk.world.house, "Cia", Role.COORDINATOR)
    async with desk.window_of(boss) as page:
        await page.add_init_script(REPORTS)
        await page.goto(f"{desk.base}/find")
        async with page.expect_navigation():
            await page.locator("main input[name=words]").fill(EVIL)
            await page.keyboard.press("Enter")
        await sound(page, "find")
        await page.goto(f"{desk.base}/conversations/{desk.talk}?text={EVIL}&picture={EVIL}")
        await sound(page, "conversation")
        await page.goto(f"{desk.base}/phrases")
        await page.locator("main form input[name=name]").first.fill(EVIL[:40])
        await page.locator("main form textarea[name=body]").first.fill(EVIL)
        async with page.expect_navigation():
            await page.locator("main form button.main").first.click()
        await sound(page, "phrases")
        told: list[str] = page.problems  # type: ignore[attr-defined] # kept by `watched`
        told[:] = [one for one in told if "422" not in one]  # what was typed was refused


FORGED = """() => {
    const made = document.createElement("script");
    let refused = 0;
    try { made.text = "window.ran = 1"; document.body.append(made); } catch { refused += 1; }
    try { document.body.innerHTML = "<img src=x onerror='window.ran=1'>"; } catch { refused += 1; }
    try { made.src = "data:text/javascript,window.ran=1"; } catch { refused += 1; }
    return refused;
}"""


async def test_a_script_that_got_in_all_the_same_is_refused_and_reported(desk: Desk) -> None:
    async with desk.window() as page:
        await page.add_init_script(REPORTS)
        await page.goto(desk.path)
        assert await page.evaluate(FORGED) == 3
        await page.wait_for_function("window.reports.length >= 3")
        assert await page.evaluate("window.ran") is None
        page.problems.clear()  # type: ignore[attr-defined] # the browser's own word on it


KEPT = """async () => {
    const caught = [];
    for (const name of await caches.keys()) {
        const there = await caches.open(name);
        for (const asked of await there.keys()) {
            caught.push(asked.url, await (await there.match(asked)).text());
        }
    }
    return JSON.stringify([
        {...localStorage}, {...sessionStorage}, (await indexedDB.databases()).map((d) => d.name),
        caught, history.state, window.name, document.cookie, document.title, location.href,
    ]);
}"""


async def test_the_browser_keeps_no_word_of_what_is_read_or_written(desk: Desk) -> None:
    world = desk.world
    await world.text(f"{WORD} hej")
    await take(world.house, world.counsellor, desk.talk)
    async with desk.window() as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill(f"{WORD} svar")
        await page.get_by_label("Internal note").fill(f"{WORD} not")
        await page.evaluate("navigator.serviceWorker && navigator.serviceWorker.ready")
        for path in (desk.path, f"{desk.base}/queue", f"{desk.base}/find"):
            await page.goto(path)
            assert WORD not in str(await page.evaluate(KEPT)), path
        await page.go_back()
        assert WORD not in str(await page.evaluate(KEPT))


async def test_no_page_is_shown_within_anothers(desk: Desk) -> None:
    async def around(request: Request) -> Response:
        del request
        return HTMLResponse(f'<iframe id="in" src="{desk.base}/queue"></iframe>')

    with running(Starlette(routes=[Route("/", around)])) as elsewhere:
        async with desk.window() as page:
            await page.goto(elsewhere)
            frame: Any = page.frames[-1]
            assert frame is not page.main_frame
            await page.wait_for_load_state("networkidle")
            assert await frame.locator("main, form").count() == 0
            assert page.problems  # type: ignore[attr-defined] # it says why
            page.problems.clear()  # type: ignore[attr-defined] # as above
