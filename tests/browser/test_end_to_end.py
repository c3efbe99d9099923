"""From the phone to the desk and back, on SQLite: every process and every page as in real use."""

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, Request, Route, expect

from tests.process import Machines, machines
from tests.world import LINE, PHONE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(600),
]

HERE = {"localhost", "127.0.0.1"}
TALK = re.compile(r"http://localhost:\d+/conversations/[0-9a-f-]{36}")
PASSPHRASE = "fyra gula hästar sover"
PATIENCE = 120_000
"""Milliseconds: the machine waits 1.5 s, the desk refreshes itself every 3, the phone each second;
two cores may be busy with other tests."""
GREET = "säkert att skriva nu?"
PRIVACY = "tystnadsplikt"
DANGER = "i fara?"
SELF_HARM = "ta ditt liv?"
CONFLICT = "Failed to load resource: the server responded with a status of 409 (Conflict)"
"""What the browser itself notes at the page of a taker who was too late."""


@dataclass
class Phone:
    """The simulator's page: a contact who texts the number on the card."""

    page: Page

    @property
    def texts(self) -> Locator:
        """What reached the phone, oldest first."""
        return self.page.locator(".theirs .text")

    async def write(self, text: str) -> None:
        await self.page.get_by_label("Text message").fill(text)
        await self.page.get_by_role("button", name="Send", exact=True).click()

    async def shows(self, *texts: str) -> None:
        """As many texts as these, each with these words, and no others."""
        await expect(self.texts).to_contain_text(list(texts), timeout=PATIENCE)


@dataclass
class Stage:
    """A line and its provider, running, and a browser that remembers whatever went wrong in it."""

    made: Machines
    provider: str
    browser: Browser
    problems: list[str] = field(default_factory=list)

    async def window(self, **options: Any) -> Page:
        """A browser of somebody's own."""
        context = await self.browser.new_context(**{"locale": "en-GB"} | options)
        self._watch(context)
        return await context.new_page()

    def _watch(self, context: BrowserContext) -> None:
        tell = self.problems.append

        def asked(request: Request) -> None:
            if request.url.startswith("http") and urlsplit(request.url).hostname not in HERE:
                tell(f"to somebody else: {request.url}")

        def failed(request: Request) -> None:
            if request.failure != "net::ERR_ABORTED":  # a page was left while it refreshed
                tell(f"{request.failure}: {request.url}")

        context.on("request", asked)
        context.on("requestfailed", failed)
        context.on("console", lambda told: tell(told.text) if told.type == "error" else None)
        context.on("weberror", lambda thrown: tell(str(thrown.error)))

    async def phone(self) -> Phone:
        page = await self.window()
        await page.goto(f"{self.provider}/?phone={PHONE.lstrip('+')}&line={LINE.lstrip('+')}")
        return Phone(page)

    async def counsellor(self, name: str, **options: Any) -> Page:
        """Joins by the printed link at one computer, signs in at another; the queue is open."""
        await self._join(name, await self.window(**options))
        page = await self.window(**options)
        await page.goto(f"{self.made.public}/queue")
        await expect(page).to_have_url(f"{self.made.public}/login")
        await page.get_by_label("Name", exact=True).fill(name)
        await page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(page.get_by_role("heading", name="Queue", exact=True)).to_be_visible()
        return page

    async def _join(self, name: str, page: Page) -> None:
        told = self.made.utvag("staff", "invite", name, "--role", "counsellor")
        (link,) = (line for line in told.splitlines() if line.startswith(self.made.public))
        assert urlsplit(link).path.startswith("/join/")
        await page.goto(link)
        await page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
        await page.get_by_label("Repeat passphrase", exact=True).fill(PASSPHRASE)
        await page.get_by_role("button", name="Create account", exact=True).click()
        await expect(page.get_by_role("heading", name="Queue", exact=True)).to_be_visible()
        await page.context.close()


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Machines]:
    with machines(tmp_path) as found:
        yield found


@pytest.fixture
def stage(made: Machines, browser: Browser) -> Stage:
    provider = made.provider("--sent-after", "0.05", "--delivered-after", "0.1")
    made.serve()
    return Stage(made, provider.address, browser)


def waiting(page: Page) -> Locator:
    """The rows of the queue that somebody can take."""
    return page.get_by_role("listitem").filter(has=take_button(page))


def take_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Take", exact=True)


def bubble(page: Page, text: str) -> Locator:
    """The one message of a conversation with these words."""
    return page.get_by_role("article").filter(has_text=text)


async def tiers(row: Locator) -> list[str]:
    """Every word of a row that is a tier."""
    return re.findall(r"(?<!\S)P[1-4](?!\S)", await row.inner_text())


async def send(page: Page, text: str) -> None:
    await page.get_by_label("Reply", exact=True).fill(text)
    await page.get_by_role("button", name="Send", exact=True).click()


async def reloaded_until(page: Page, found: Locator, text: str) -> None:
    """As somebody does whose page does not refresh itself."""
    until = time.monotonic() + PATIENCE / 1000
    while True:
        try:
            await expect(found).to_contain_text(text, timeout=300)
        except AssertionError:
            if time.monotonic() > until:
                raise
            await page.reload()
        else:
            return


async def test_a_contact_is_asked_and_answers_a_counsellor_takes_and_replies_and_the_phone_shows_it(
    stage: Stage,
) -> None:
    phone = await stage.phone()
    await phone.write("hej")
    desk = await stage.counsellor("Alva")
    row = waiting(desk)
    await expect(row.get_by_text("P3", exact=True)).to_be_visible()
    await desk.evaluate("window.opened = 'once'")
    await phone.shows(GREET)
    await phone.write("1")
    await phone.shows(GREET, PRIVACY, DANGER)
    await phone.write("2")
    asked = GREET, PRIVACY, DANGER, SELF_HARM
    await phone.shows(*asked)

    await expect(row.get_by_text("P2", exact=True)).to_be_visible(timeout=PATIENCE)
    assert await tiers(row) == ["P2"]
    assert await desk.evaluate("window.opened") == "once"
    await take_button(desk).click()
    await expect(desk).to_have_url(TALK)
    thread = desk.get_by_role("region", name="Messages")
    await expect(thread).to_contain_text(asked[-1])
    await desk.wait_for_load_state("load")  # the page stays where it is

    await send(desk, "hej, jag heter Alva och läser nu")
    await phone.shows(*asked, "hej, jag heter Alva och läser nu")
    await desk.evaluate("window.opened = 'once'")
    reply = bubble(desk, "hej, jag heter Alva och läser nu")
    await expect(reply.get_by_text("Delivered", exact=True)).to_be_visible(timeout=PATIENCE)

    await phone.write("tack, kan vi höras i morgon?")
    await expect(bubble(desk, "tack, kan vi höras i morgon?")).to_be_visible(timeout=PATIENCE)
    assert await desk.evaluate("window.opened") == "once"
    await phone.shows(*asked, "hej, jag heter Alva och läser nu")
    assert stage.problems == []


async def test_of_two_counsellors_who_press_take_at_once_one_has_it_and_the_other_reads_who(
    stage: Stage,
) -> None:
    phone = await stage.phone()
    await phone.write("hej")
    desks = {name: await stage.counsellor(name) for name in ("Alva", "Elis")}
    for desk in desks.values():
        await expect(take_button(desk)).to_be_visible()

    await press_at_once([take_button(desk) for desk in desks.values()])
    for desk in desks.values():
        await desk.wait_for_url("**/conversations/**")
    winners = [name for name, desk in desks.items() if TALK.fullmatch(desk.url)]
    assert len(winners) == 1
    winner = desks.pop(winners[0])
    ((_, loser),) = desks.items()
    await expect(winner.get_by_label("Reply", exact=True)).to_be_editable()
    told = loser.get_by_role("alert")
    await expect(told).to_contain_text(f"{winners[0]} took the conversation before you.")
    await expect(take_button(loser)).to_have_count(0)
    await expect(loser.get_by_role("listitem")).to_contain_text(f"With {winners[0]}")

    await loser.goto(winner.url)
    await expect(loser.get_by_text(f"{winners[0]} has it")).to_be_visible()
    await loser.get_by_role("button", name="A colleague asked me to").click()
    await expect(loser.get_by_text(f"{winners[0]} has this conversation.")).to_be_visible()
    await expect(loser.get_by_label("Reply", exact=True)).to_have_count(0)
    await expect(take_button(loser)).to_have_count(0)
    await phone.shows(GREET)
    assert stage.problems == [CONFLICT]


async def press_at_once(buttons: list[Locator]) -> None:
    """What they ask for leaves the browsers when the last of them was pressed, not before."""
    all_pressed = asyncio.Barrier(len(buttons))

    async def together(route: Route) -> None:
        await asyncio.wait_for(all_pressed.wait(), PATIENCE / 1000)
        await route.continue_()

    for button in buttons:
        await button.page.route("**/take", together)
    await asyncio.gather(*(button.click() for button in buttons))


async def test_without_a_script_a_counsellor_signs_in_takes_replies_and_reads_the_answer(
    stage: Stage,
) -> None:
    phone = await stage.phone()
    await phone.write("hej")
    desk = await stage.counsellor("Alva", java_script_enabled=False)
    await phone.shows(GREET)
    await phone.write("1")
    asked = GREET, PRIVACY, DANGER
    await phone.shows(*asked)

    await desk.get_by_role("navigation").get_by_role("link", name="Queue").click()
    assert await tiers(waiting(desk)) == ["P3"]
    await take_button(desk).click()
    await expect(desk).to_have_url(TALK)
    await send(desk, "hej, det är Alva som läser")
    await expect(desk).to_have_url(TALK)
    await phone.shows(*asked, "hej, det är Alva som läser")
    reply = bubble(desk, "hej, det är Alva som läser")
    await reloaded_until(desk, reply, "Delivered")

    await phone.write("okej, bra")
    thread = desk.get_by_role("region", name="Messages")
    await reloaded_until(desk, thread, "okej, bra")
    await expect(bubble(desk, "okej, bra")).to_have_count(1)
    assert stage.problems == []
