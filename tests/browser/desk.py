"""A window at the desk in a real browser, in which nothing may complain."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from playwright.async_api import Browser, BrowserContext, Page

from domain.member import Member
from staff.visit import SESSION_COOKIE
from tests.browser.serving import session_of
from tests.world import World

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 375, "height": 667},
    "is_mobile": True,
    "has_touch": True,
}

PATIENTLY = """(() => {
  const limit = AbortSignal.timeout;
  AbortSignal.timeout = (milliseconds) => limit.call(AbortSignal, 10 * milliseconds);
})()"""
"""A page gives its line up ten times later: a test that holds an answer back until more is written
would be decided by how busy the machine is."""


@dataclass
class Desk:
    world: World
    base: str
    browser: Browser
    talk: UUID
    other: UUID

    @property
    def path(self) -> str:
        return f"{self.base}/conversations/{self.talk}"

    @asynccontextmanager
    async def window(self, **options: Any) -> AsyncIterator[Page]:
        """A window in which Alva is signed in; nothing may complain in it."""
        async with self.window_of(self.world.counsellor, **options) as page:
            yield page

    @asynccontextmanager
    async def window_of(self, member: Member, **options: Any) -> AsyncIterator[Page]:
        """The same for somebody else."""
        chosen = {"locale": "en-GB"} | DESKTOP | options
        context = await self.browser.new_context(**chosen)
        token = await session_of(self.world.house, member)
        await context.add_cookies(
            [{"name": SESSION_COOKIE, "value": token, "url": self.base, "httpOnly": True}]
        )
        page = await watched(context)
        yield page
        assert page.problems == []  # type: ignore[attr-defined] # kept by `watched`
        await context.close()


async def watched(context: BrowserContext) -> Page:
    await context.add_init_script(PATIENTLY)
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda told: problems.append(told.text) if told.type == "error" else None)
    page.problems = problems  # type: ignore[attr-defined] # read by `window`
    return page
