"""Ten minutes without use: the page locks itself, shows nothing, and keeps what was begun."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from nacl.pwhash import argon2id
from playwright.async_api import Browser, Page, expect

from domain.member import Role
from handlers.invite import invite
from handlers.join import join
from handlers.sign_in import end_sessions
from staff.visit import SESSION_COOKIE
from storage import sessions
from tests.browser.conftest import one_loop
from tests.browser.desk import DESKTOP, PHONE, watched
from tests.browser.everything import fits, is_clean
from tests.browser.serving import named, serving
from tests.browser.test_sending import held
from tests.ports import free_port
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHRASE = "three calm evenings"
SECRET_WORDS = "en hemlig text"
SOON = 30_000
IDLE = 10 * 60_000
LOOKS = 15_000


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


@dataclass
class Night:
    """A line at which Björk has an account and somebody waits."""

    world: World
    base: str
    browser: Browser
    talk: UUID

    @asynccontextmanager
    async def at_the_conversation(self, **options: object) -> AsyncIterator[Page]:
        """Björk has taken it and reads it, by a clock of the browser's that the test moves."""
        context = await self.browser.new_context(**({"locale": "en-GB"} | DESKTOP | options))
        page = await watched(context)
        await page.clock.install()
        await page.goto(f"{self.base}/login")
        await self.signs_in(page)
        await page.get_by_role("button", name="Take").click()
        await expect(page.locator(".thread")).to_contain_text(SECRET_WORDS)
        await page.wait_for_load_state("load")  # with the script that locks it
        yield page
        assert [told for told in page.problems if not _is_lost(told)] == []  # type: ignore[attr-defined] # kept by `watched`
        await context.close()

    async def signs_in(self, page: Page) -> None:
        name = page.get_by_label("Name", exact=True)
        if not await name.input_value():
            await name.fill("Björk")
        await page.get_by_label("Passphrase", exact=True).fill(PHRASE)
        await page.get_by_role("button", name="Sign in", exact=True).click()

    async def ten_minutes_pass(self) -> None:
        """On the line; the browser has a clock of its own."""
        self.world.clock.advance(minutes=10, seconds=1)
        await end_sessions(self.world.house)

    async def is_used_elsewhere(self, page: Page) -> None:
        """In another window of the same browser."""
        now = self.world.clock.now()
        cookies = {cookie["name"]: cookie["value"] for cookie in await page.context.cookies()}
        token = cookies[named(self.base, SESSION_COOKIE)]
        async with self.world.house.db.write() as tx:
            await sessions.use(tx, token, now, now + timedelta(minutes=30))


def _is_lost(told: str) -> bool:
    """What is said of an answer that did not come, or not before the test's clock, or of a 401."""
    known = ("Failed to load", "Failed to fetch", "status 401", "htmx:error: timeout")
    return any(words in told for words in known)


@one_loop
async def night(world: World, browser: Browser) -> AsyncIterator[Night]:
    port = free_port()
    await join(world.house, await invite(world.house, "Björk", Role.COUNSELLOR), PHRASE, PHRASE)
    await world.text(SECRET_WORDS)
    async with serving(world.house, f"http://localhost:{port}", port):
        yield Night(world, f"http://localhost:{port}", browser, await world.only())


async def nothing_is_shown(page: Page, *more: str) -> None:
    left = await page.content()
    for words in (SECRET_WORDS, *more):
        assert words not in left


async def test_the_page_locks_itself_and_the_draft_is_there_after_signing_in_again(
    night: Night,
) -> None:
    async with night.at_the_conversation() as page:
        await page.get_by_label("Reply").fill("halva meningen")
        await page.get_by_label("Internal note").fill("en halv anteckning")
        await expect(page.locator("#draft")).to_have_text("Draft kept")
        await night.ten_minutes_pass()
        await page.clock.fast_forward(IDLE + LOOKS)
        await page.wait_for_url("**/login", timeout=SOON)
        await expect(page.get_by_role("heading", name="Locked")).to_be_visible()
        await nothing_is_shown(page, "halva meningen", "en halv anteckning")
        await night.signs_in(page)
        await expect(page.get_by_label("Reply")).to_have_value("halva meningen")
        await expect(page.get_by_label("Internal note")).to_have_value("en halv anteckning")
        assert await night.world.said() == ["greet"]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_without_a_network_nothing_is_shown_either_and_the_words_are_not_lost(
    night: Night, size: dict[str, object]
) -> None:
    async with night.at_the_conversation(**size) as page:
        await page.context.set_offline(True)
        await page.get_by_label("Reply").fill("halva meningen")
        await expect(page.locator("#draft")).to_contain_text("not kept", timeout=SOON)
        await night.ten_minutes_pass()
        await page.clock.fast_forward(IDLE + LOOKS)
        await expect(page.get_by_role("heading", name="Locked")).to_be_visible(timeout=SOON)
        await expect(page).to_have_title("Locked")
        await nothing_is_shown(page, "halva meningen", "Björk")
        await page.keyboard.press("Tab")
        await page.mouse.move(40, 40)
        await nothing_is_shown(page, "halva meningen", "Björk")
        await is_clean(page)
        await fits(page)
        await page.context.set_offline(False)
        await expect(page.get_by_label("Passphrase", exact=True)).to_be_visible(timeout=SOON)
        await nothing_is_shown(page, "halva meningen")
        await night.signs_in(page)
        await expect(page.get_by_label("Reply")).to_have_value("halva meningen", timeout=SOON)
        assert await night.world.said() == ["greet"]


async def test_a_page_that_was_covered_comes_back_where_the_session_holds_in_another_window(
    night: Night,
) -> None:
    async with night.at_the_conversation() as page:
        await page.context.set_offline(True)
        await page.get_by_label("Reply").fill("halva meningen")
        await night.is_used_elsewhere(page)
        await page.clock.fast_forward(IDLE + LOOKS)
        await expect(page.get_by_role("heading", name="Locked")).to_be_visible(timeout=SOON)
        await page.context.set_offline(False)
        await expect(page.locator(".thread")).to_contain_text(SECRET_WORDS, timeout=SOON)
        await expect(page.get_by_label("Reply")).to_have_value("halva meningen")
        await expect(page.get_by_role("heading", name="Locked")).to_have_count(0)
        await page.get_by_label("Reply").fill("hela meningen")
        await expect(page.locator("#draft")).to_have_text("Draft kept", timeout=SOON)


async def test_whoever_wakes_a_sleeping_machine_sees_nothing_before_it_is_known(
    night: Night,
) -> None:
    """No timer ran while it slept; the first touch is no use of a page that is long locked."""
    async with night.at_the_conversation() as page:
        await page.context.set_offline(True)
        await page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=1))
        await page.mouse.move(40, 40)
        await page.mouse.move(80, 80)
        await expect(page.get_by_role("heading", name="Locked")).to_be_visible()
        await nothing_is_shown(page)


async def test_what_is_sent_as_the_session_ends_is_not_sent_and_comes_back_with_what_was_added(
    night: Night,
) -> None:
    may_go = asyncio.Event()
    blocked = {"service_workers": "block"}  # what goes past a worker is not held by a test
    async with night.at_the_conversation(**blocked) as page:
        await page.route("**/reply", held(may_go))
        await page.get_by_label("Reply").fill("halva")
        await page.locator("#asked").check()
        await page.get_by_role("button", name="Send", exact=True).click()
        await page.get_by_label("Reply").press_sequentially(" meningen")
        await page.get_by_label("Internal note").fill("en halv anteckning")
        assert await night.world.said() == ["greet"]
        await night.ten_minutes_pass()
        may_go.set()
        await expect(page.get_by_role("heading", name="Locked")).to_be_visible(timeout=SOON)
        await nothing_is_shown(page, "halva", "en halv anteckning")
        await night.signs_in(page)
        await expect(page.get_by_label("Reply")).to_have_value("halva meningen", timeout=SOON)
        await expect(page.get_by_label("Internal note")).to_have_value("en halv anteckning")
        assert await night.world.said() == ["greet"]
