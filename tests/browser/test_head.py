"""The head of a conversation on a phone: what is known stands in few rows, in words."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import expect

from domain.gate import Gate
from domain.message import OptOut
from handlers.take import take
from staff.words import words
from storage import aliases, contacts, conversations, events
from storage.events import Event
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.browser.everything import fits, is_clean
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ROWS = """(head) => {
  const middles = [...head.querySelectorAll(".chip, .alias, .head-reason, .tag, button, a")]
    .flatMap((each) => [...each.getClientRects()])
    .map((box) => (box.top + box.bottom) / 2).sort((a, b) => a - b);
  return middles.filter((each, n) => n === 0 || each - middles[n - 1] > 8).length;
}"""
"""How many rows there are: what begins or goes on at one height is one."""

THREE = (
    ("under_18", "wants_call", "may_write"),
    ("was_blocked", "under_18", "not_answerable"),
    ("delete_requested", "writes_later", "was_blocked"),
)

CAME_BACK = ((), ("under_18",), ("under_18", "wants_call"))
BESIDE = ((3, ()), (3, ("under_18",)), (4, ("under_18", "wants_call")))
"""With more than one mark beside both of them there may be one row more, and no word is lost."""


@pytest.fixture(autouse=True)
def widest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes has the widest alias that is given: what fits beside it fits beside all."""

    def drawn(contact_id: UUID, highest: int) -> dict[str, Any]:
        return {"contact_id": contact_id, "word": "Sidensvans", "number": highest}

    monkeypatch.setattr(aliases, "_drawn", drawn)


async def marked(
    world: World, talk: UUID, *marks: str, reasons: tuple[str, ...] | None = None
) -> None:
    async with world.house.db.write() as tx:
        found = await conversations.by_id(tx, talk)
        assert found is not None
        known = found.reasons if reasons is None else reasons
        await conversations.save(tx, [replace(found, marks=marks, reasons=known)])
        await events.add(tx, [Event(talk, "changed", world.clock.now())])


@pytest.mark.parametrize(("locale", "language"), [("sv-SE", "sv"), ("en-GB", "en")])
async def test_three_marks_take_three_rows_and_lose_no_word(
    desk: Desk, locale: str, language: str
) -> None:
    world = desk.world
    await take(world.house, world.counsellor, desk.talk)
    async with desk.window(**PHONE, locale=locale) as page:
        for marks in THREE:
            await marked(world, desk.talk, *marks)
            await page.goto(desk.path)
            head = page.locator(".talk-head")
            for mark in marks:
                said = words(language).code("mark", mark)
                await expect(head.get_by_text(said, exact=True)).to_be_in_viewport(ratio=1)
            for button in (head.get_by_role("button"), head.get_by_role("link")):
                box = await button.bounding_box()
                assert box is not None
                assert box["height"] >= 44
            assert await head.evaluate(ROWS) <= 3
            await is_clean(page)
            await fits(page)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_a_mark_that_comes_while_the_page_is_open_stands_there(
    desk: Desk, size: dict[str, Any]
) -> None:
    world = desk.world
    await take(world.house, world.counsellor, desk.talk)
    async with desk.window(**size) as page:
        await page.goto(desk.path)
        head = page.locator(".talk-head")
        await expect(head.locator(".tag")).to_have_count(0)
        await marked(world, desk.talk, "under_18")
        await expect(head.locator(".tag")).to_have_text("Under 18: duty to report")
        assert await head.evaluate(ROWS) <= 3
        await is_clean(page)


@pytest.mark.parametrize(("locale", "language"), [("sv-SE", "sv"), ("en-GB", "en")])
async def test_marks_of_one_who_came_back_take_three_rows_beside_what_was_told_before(
    desk: Desk, locale: str, language: str
) -> None:
    world = desk.world
    await take(world.house, world.counsellor, desk.talk)
    reasons = ("returning", "was:P2:danger_today")
    async with desk.window(**PHONE, locale=locale) as page:
        for marks in CAME_BACK:
            await marked(world, desk.talk, *marks, reasons=reasons)
            await page.goto(desk.path)
            head = page.locator(".talk-head")
            told = words(language).code("reason", "danger_today")
            before = words(language).say("queue.before_tier", tier="P2", reason=told)
            await expect(head.get_by_text(before)).to_be_in_viewport(ratio=1)
            assert await head.evaluate(ROWS) <= 3
            await is_clean(page)
            await fits(page)


@pytest.mark.parametrize(("locale", "language"), [("sv-SE", "sv"), ("en-GB", "en")])
async def test_that_nothing_may_be_written_is_no_mere_word_among_the_marks(
    desk: Desk, locale: str, language: str
) -> None:
    world = desk.world
    await take(world.house, world.counsellor, desk.talk)
    async with world.house.db.write() as tx:
        found = await conversations.by_id(tx, desk.talk)
        assert found is not None
        await contacts.set_gate(tx, found.contact_id, Gate.CLOSED)
        await contacts.opt_out(tx, found.contact_id, OptOut.OWN)
    saying = words(language)
    forbidden = (saying.say("queue.not_safe"), saying.code("opt_out", "own"))
    async with desk.window(**PHONE, locale=locale) as page:
        for rows, marks in BESIDE:
            await marked(world, desk.talk, *marks)
            await page.goto(desk.path)
            head = page.locator(".talk-head")
            for said in forbidden:
                tag = head.get_by_text(said, exact=True)
                await expect(tag).to_be_in_viewport(ratio=1)
                await expect(tag).to_have_css("border-top-width", "1px")
            for mark in marks:
                tag = head.get_by_text(saying.code("mark", mark), exact=True)
                await expect(tag).to_have_css("border-top-width", "0px")
            assert await head.evaluate(ROWS) <= rows
            await is_clean(page)
            await fits(page)
