"""The reply box: what a text takes, what makes it longer, and what may stand in it."""

import pytest
from playwright.async_api import expect

from domain import segments
from handlers.take import take
from tests.browser.conftest import one_loop
from tests.browser.desk import Desk
from tests.segment_cases import CASES

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

COUNT = """(texts) => {
  const gsm = alphabets(JSON.parse(document.getElementById("count").dataset.gsm));
  return texts.map((text) => {
    const found = segments(text, gsm);
    return [found.encoding, found.count, found.left, found.culprits, plain(text, gsm)];
  });
}"""


@one_loop(autouse=True)
async def mine(desk: Desk) -> None:
    await take(desk.world.house, desk.world.counsellor, desk.talk)


async def test_the_page_counts_and_replaces_as_the_line_does(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        counted = await page.evaluate(COUNT, list(CASES))
    assert len(CASES) > 400
    for text, there in zip(CASES, counted, strict=True):
        here = segments.count(text)
        named = list(segments.culprits(text))
        assert there == [here.encoding, here.segments, here.left, named, segments.plain(text)]


async def test_what_makes_a_text_longer_is_named_and_replaced_by_one_press(desk: Desk) -> None:
    async with desk.window() as page:
        await page.goto(desk.path)
        box, line = page.get_by_label("Reply"), page.locator("#count")
        button = page.get_by_role("button", name="Use plain characters")
        await box.fill("hej, jag läser")
        await expect(button).to_be_hidden()
        await box.fill("“kom kl\u00a09–12…”")
        await expect(line).to_have_text(
            "1 SMS · UCS-2 · 56 left · shorter SMS because of “ U+00A0 – … ”"
        )
        await button.click()
        await expect(box).to_have_value('"kom kl 9-12..."')
        await expect(box).to_be_focused()
        await expect(line).to_have_text("1 SMS · GSM-7 · 144 left")
        await expect(button).to_be_hidden()
        await expect(page.locator("#draft")).to_have_text("Draft kept")
        await page.reload()
        await expect(box).to_have_value('"kom kl 9-12..."')


async def test_without_a_script_they_are_replaced_by_the_line(desk: Desk) -> None:
    async with desk.window(java_script_enabled=False) as page:
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("kl 9–12")
        await page.get_by_label("Internal note").fill("kvar")
        await page.get_by_role("button", name="Count and keep").click()
        await expect(page.locator("#count")).to_contain_text("because of –")
        await page.get_by_role("button", name="Use plain characters").click()
        await expect(page.get_by_label("Reply")).to_have_value("kl 9-12")
        await expect(page.get_by_label("Internal note")).to_have_value("kvar")
        await expect(page.locator("#count")).to_contain_text("GSM-7")
