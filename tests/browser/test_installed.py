"""The desk as an installed app: without a network it shows one page, and nothing of anybody."""

import io
import json

import pytest
from PIL import Image
from playwright.async_api import Browser, expect

from staff.visit import SESSION_COOKIE
from tests.browser.desk import watched
from tests.browser.scene import Scene
from tests.browser.serving import serving, session_of
from tests.ports import free_port
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) {
      found.push(new URL(request.url).pathname);
    }
  }
  return found.sort();
}"""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.mark.browser
async def test_without_a_network_it_says_so_and_keeps_no_conversation(
    world: World, browser: Browser
) -> None:
    await world.text("en hemlig text")
    talk = await world.only()
    context = await browser.new_context(locale="en-GB")
    page = await watched(context)
    port = free_port()  # nobody else's once the line has ended
    async with serving(world.house, "http://localhost", port) as base:
        token = await session_of(world.house, world.counsellor)
        cookie = {"name": SESSION_COOKIE, "value": token, "url": base, "httpOnly": True}
        await context.add_cookies([cookie])  # type: ignore[list-item] # as Playwright documents it
        await page.goto(f"{base}/queue")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        for path in ("/queue", f"/conversations/{talk}", "/find", "/queue"):
            await page.goto(base + path)
        assert await page.evaluate(KEPT) == ["/offline", "/static/desk.css"]
    await page.goto(f"{base}/conversations/{talk}")
    await expect(page.get_by_role("heading", name="No network")).to_be_visible()
    told = await page.content()
    for word in ("hemlig", "Alva", str(talk)):
        assert word not in told
    await expect(page.locator("body")).to_have_css("background-color", "rgb(246, 245, 241)")
    await context.close()


async def test_the_manifest_leads_to_icons_that_are_what_it_says(scene: Scene) -> None:
    page = (await scene.stranger.get("/login")).text
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    answer = await scene.stranger.get("/manifest.webmanifest")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    told = json.loads(answer.text)
    assert (told["name"], told["start_url"], told["display"]) == ("Utväg", "/queue", "standalone")
    assert {(icon["sizes"], icon["purpose"]) for icon in told["icons"]} >= {
        ("192x192", "any"),
        ("512x512", "maskable"),
    }
    for icon in told["icons"]:
        drawn = await scene.stranger.get(icon["src"])
        image = Image.open(io.BytesIO(drawn.content))
        assert (f"{image.width}x{image.height}", drawn.headers["content-type"]) == (
            icon["sizes"],
            "image/png",
        )
        corner = image.convert("RGBA").getpixel((0, 0))
        assert isinstance(corner, tuple)
        assert (corner[3] == 255) == (icon["purpose"] == "maskable")
        assert "set-cookie" not in drawn.headers
    assert (await scene.stranger.get("/icons/any-9999.png")).status_code == 404


async def test_the_worker_may_speak_for_every_page_and_is_asked_for_anew(scene: Scene) -> None:
    answer = await scene.stranger.get("/worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert "worker-src 'self'" in answer.headers["content-security-policy"]
    assert "/static/desk.css?v=" in answer.text
    assert "set-cookie" not in answer.headers


async def test_the_offline_page_is_the_same_for_everybody(scene: Scene) -> None:
    theirs = (await scene.alva.get("/offline")).text
    assert theirs == (await scene.stranger.get("/offline")).text
    assert "Alva" not in theirs
    assert "csrf" not in theirs
