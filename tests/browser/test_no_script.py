"""Whatever a contact can fill, in whatever channel: it is read as text and runs nowhere."""

import pytest
from playwright.async_api import expect

from domain.access import Role
from domain.call import Call
from domain.message import Channel, Media
from handlers.called import called
from handlers.receive import receive
from tests.browser.desk import Desk
from tests.world import LINE, World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

FRESH = 20_000
"""Milliseconds in which an open page shows what is new, on two cores that are busy."""

EVIL = (
    "<script>window.ran=1</script><img src=x onerror='window.ran=1'><svg onload=window.ran=1>"
    '</textarea></title><a href="javascript:window.ran=1">x</a>{{777*777}}${777*777}'
    "'\"><hx-partial hx-get='/logout' hx-trigger='load'></hx-partial>"
)


async def evil_everywhere(desk: Desk) -> None:
    """In the body, the sender, the recipient, the language, the button and the files' kinds."""
    world = desk.world
    media = (Media("text/html<script>window.ran=1</script>", 1, None),)
    odd = [
        world.message(EVIL),
        world.message(EVIL, media=media),
        world.message(EVIL, EVIL[:60], language=EVIL),
        world.message(EVIL, "+46701740640", to=EVIL),
        world.message(EVIL, "+46701740641", channel=Channel.WHATSAPP),
        world.message(EVIL, "700100200", channel=Channel.TELEGRAM, to="", answers_to="<b>danger"),
    ]
    for one in odd:
        await receive(world.house, [one])
    await called(world.house, Call("CA" + "1" * 32, EVIL[:60], LINE, world.clock.now()))


async def test_nothing_of_it_runs_on_any_page(desk: Desk) -> None:
    await evil_everywhere(desk)
    boss = await World.hired(desk.world.house, "Cia", Role.COORDINATOR)
    talks = [row.id for row in (await desk.world.queue()).waiting]
    assert len(talks) >= 5
    async with desk.window_of(boss) as page:
        for path in ["/queue", "/board", "/blocks", "/limits", "/find"] + [
            way for talk in talks for way in (f"/conversations/{talk}", f"/board/{talk}")
        ]:
            await page.goto(desk.base + path)
            assert await page.evaluate("window.ran") is None, path
            assert await page.locator("hx-partial, img[src=x], svg[onload]").count() == 0, path
            said = await page.title() + await page.locator("body").inner_text()
            assert "603729" not in said, path  # more digits than an alias has


async def test_nothing_of_it_runs_when_it_arrives_on_an_open_page(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        await desk.world.text(EVIL)
        await expect(page.locator(".thread")).to_contain_text("window.ran=1", timeout=FRESH)
        assert await page.evaluate("window.ran") is None
        await page.goto(f"{desk.base}/queue")
        assert await page.evaluate("window.ran") is None
