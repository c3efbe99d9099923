"""The pictures of docs/images, of the demo as it is now: `make pictures`."""

import asyncio
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, SWITCHES
from tests.browser.looks import IMAGES, LOOKS, STAGE, Look
from tests.browser.pictures_board import board
from tests.browser.pictures_rota import make
from tests.demo import Demo, demo

SETTLES = 600
"""Milliseconds in which a page that has loaded hears what is new and shows it."""


def main() -> None:
    """Make them all anew."""
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo(Path(folder)) as shown,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        play(browser, shown)
        for look in LOOKS:
            board(browser, shown, look)
            desk(browser, shown, look)
            phones(browser, shown, look)
        for look in LOOKS[:2]:
            stage(browser, shown, look)
        browser.close()
    asyncio.run(make())


def opened(browser: Browser, look: Look) -> Page:
    """A window of this look."""
    width, height = look.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=look.scheme, locale="en-GB"
    )
    return context.new_page()


def desk(browser: Browser, shown: Demo, look: Look) -> None:
    """The queue, and the conversation that Elis has."""
    page = opened(browser, look)
    page.goto(f"{shown.desk}/login")
    page.get_by_label("Name").fill("Elis")
    page.get_by_label("Passphrase").fill(shown.found("Passphrase"))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/queue")
    take(page, f"queue-{look.name}")
    page.locator("#mine").get_by_role("link", name="Open").first.click()
    page.wait_for_url("**/conversations/*")
    take(page, f"conversation-{look.name}")
    page.context.close()


def play(browser: Browser, shown: Demo) -> None:
    """The scenes whose end the pictures of the phones show."""
    page = opened(browser, LOOKS[0])
    page.goto(shown.found("All on one page"))
    page.get_by_role("button", name="A relative").click()
    page.get_by_role("button", name="A frightened first contact").click()
    for frame in ("#sms", "#telegram"):
        thanks = page.frame_locator(frame).get_by_text("Thanks. A person will answer")
        thanks.first.wait_for(timeout=120_000)
    page.context.close()


def phones(browser: Browser, shown: Demo, look: Look) -> None:
    """What the two contacts see."""
    page = opened(browser, look)
    address = shown.found("A contact's phone")
    for name, path in (("sms", "?phone=46701740611"), ("telegram", "telegram?chat=7000000001")):
        page.goto(address + path)
        take(page, f"{name}-{look.name}")
    page.context.close()


def stage(browser: Browser, shown: Demo, look: Look) -> None:
    """Both phones beside the desk."""
    page = opened(browser, Look(look.name, STAGE, look.scheme))
    page.goto(shown.found("All on one page"))
    inside = page.frame_locator("#desk")
    inside.get_by_label("Name").fill("Alva")
    inside.get_by_label("Passphrase").fill(shown.found("Passphrase"))
    inside.get_by_role("button", name="Sign in", exact=True).click()
    inside.get_by_role("heading", name="Queue", level=1).wait_for()
    take(page, f"stage-{look.name}")
    page.context.close()


def take(page: Page, name: str) -> None:
    """A picture of the window; what is open for good (a stream) is not waited for."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(SETTLES)
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
