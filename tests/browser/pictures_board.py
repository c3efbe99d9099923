"""The pictures of the board, as the coordinator of the demo sees it.

    .venv/bin/python -m tests.browser.pictures_board

`make pictures` makes them too.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import CHROMIUM, SWITCHES
from tests.browser.looks import IMAGES, LOOKS, Look
from tests.demo import Demo, demo


def main() -> None:
    """Make them anew."""
    with (
        tempfile.TemporaryDirectory() as folder,
        demo(Path(folder)) as shown,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        for look in LOOKS:
            board(browser, shown, look)
        browser.close()


def board(browser: Browser, shown: Demo, look: Look) -> None:
    """What the coordinator has on the wall, and on a phone."""
    width, height = look.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=look.scheme, locale="en-GB"
    )
    page = context.new_page()
    page.goto(f"{shown.desk}/login")
    page.get_by_label("Name").fill(shown.found("Coordinator").split()[0])
    page.get_by_label("Passphrase").fill(shown.found("Passphrase"))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/queue")
    page.goto(f"{shown.desk}/board")
    page.wait_for_load_state("load")
    page.screenshot(path=IMAGES / f"board-{look.name}.png")
    context.close()


if __name__ == "__main__":
    main()
