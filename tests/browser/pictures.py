"""The pictures of docs/images, of the demo as it is now: `make pictures`."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, SWITCHES
from tests.demo import Demo, demo

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDE, NARROW = (1280, 800), (390, 780)


@dataclass(frozen=True)
class Look:
    """How wide, and by which light."""

    name: str
    size: tuple[int, int]
    scheme: Literal["light", "dark"]


LOOKS = (
    Look("desktop-light", WIDE, "light"),
    Look("desktop-dark", WIDE, "dark"),
    Look("phone-light", NARROW, "light"),
    Look("phone-dark", NARROW, "dark"),
)


def main() -> None:
    """Make them all anew."""
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo(Path(folder)) as shown,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        for look in LOOKS:
            desk(browser, shown, look)
        browser.close()


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
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/queue")
    take(page, f"queue-{look.name}")
    page.locator("#mine").get_by_role("link", name="Open").first.click()
    page.wait_for_url("**/conversations/*")
    take(page, f"conversation-{look.name}")
    page.context.close()


def take(page: Page, name: str) -> None:
    """A picture of the window."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
