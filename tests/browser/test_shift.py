"""A shift on a phone: asked for help, handed over, ended; with a script and without."""

from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

from domain.conversation import Outcome
from domain.member import Role
from handlers.ask_help import ask_help
from handlers.close import close
from handlers.debrief import answer_debrief
from handlers.hand_over import Handed, hand_over
from handlers.see_conversation import see_conversation
from handlers.step_in import join_talk, take_over
from handlers.take import take
from handlers.work_shift import start_shift
from storage import debriefs
from tests.browser.desk import PHONE, Desk
from tests.browser.everything import fits, is_clean
from tests.browser.test_axe import at_every_size, clean
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_a_counsellor_hands_over_on_a_phone_and_goes_home(desk: Desk, script: bool) -> None:
    world = desk.world
    elis = await World.hired(world.house, "Elis")
    await start_shift(world.house, elis)
    for talk in (desk.talk, desk.other):
        await take(world.house, world.counsellor, talk)
    async with desk.window(**PHONE, java_script_enabled=script) as page:
        await page.goto(f"{desk.base}/queue")
        await page.get_by_role("link", name="End shift…").tap()
        first = page.locator(f"#hand-{desk.talk}")
        await first.get_by_label("To whom").select_option(str(elis.id))
        await first.get_by_label("What the next person needs").fill("Vill ses på torsdag")
        await first.get_by_label("What the contact was promised").fill("Vi ringer kl 10")
        await first.get_by_role("button", name="Hand over").tap()
        await expect(first).to_have_count(0)
        second = page.locator(f"#hand-{desk.other}")
        await second.get_by_label("To whom").select_option("The queue")
        await second.get_by_label("What the next person needs").fill("Har inte svarat än")
        await second.get_by_role("button", name="Hand over").tap()
        await expect(page.get_by_text("You have no conversation to hand over.")).to_be_visible()
        await fits(page)
        await page.get_by_role("button", name="End shift").tap()
        await expect(page.get_by_text("You have not started your shift.")).to_be_visible()
    async with desk.window_of(elis, **PHONE, java_script_enabled=script) as page:
        await page.goto(f"{desk.base}/queue")
        await page.locator("#mine").get_by_role("link", name="Handover").tap()
        for said in ("Vill ses på torsdag", "Vi ringer kl 10"):
            await expect(page.get_by_text(said)).to_be_visible()
        await fits(page)
        await page.goto(f"{desk.base}/conversations/{desk.other}/handover")
        await page.get_by_role("button", name="Take").tap()
        await page.wait_for_url(f"**/conversations/{desk.other}")
    assert (await see_conversation(world.house, elis, desk.other)).row.owner == "Elis"


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_one_conversation_is_handed_over_on_a_phone_and_the_shift_goes_on(
    desk: Desk, script: bool
) -> None:
    world = desk.world
    elis = await World.hired(world.house, "Elis")
    await start_shift(world.house, elis)
    for talk in (desk.talk, desk.other):
        await take(world.house, world.counsellor, talk)
    async with desk.window(**PHONE, java_script_enabled=script) as page:
        await page.goto(f"{desk.path}#about")
        await page.get_by_role("link", name="Hand over with a note…").tap()
        await page.wait_for_url("**/hand-over")
        await expect(page.get_by_role("button", name="End shift")).to_have_count(0)
        await page.get_by_label("To whom").focus()
        await page.keyboard.press("E")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Vill ses på torsdag")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/queue")
        await expect(page.get_by_text("Handed over, with your note.")).to_be_visible()
        await expect(page.locator(f"#row-{desk.other}")).to_be_visible()
        await expect(page.get_by_role("link", name="End shift…")).to_be_visible()
    assert (await see_conversation(world.house, elis, desk.talk)).row.owner == "Elis"


async def test_an_open_page_hears_that_help_came_and_that_it_was_taken_over(desk: Desk) -> None:
    world = desk.world
    bo = await World.hired(world.house, "Bo", Role.COORDINATOR)
    await take(world.house, world.counsellor, desk.talk)
    async with desk.window() as page, desk.window_of(bo) as theirs:
        await theirs.goto(f"{desk.base}/queue")
        await page.goto(desk.path)
        await page.get_by_role("button", name="Ask for help").click()
        await expect(theirs.get_by_role("heading", name="Colleagues who ask")).to_be_visible()
        await page.goto(desk.path)
        await page.get_by_label("Reply").fill("halvskriv")
        await join_talk(world.house, bo, desk.talk)
        await expect(page.get_by_text("Bo is with you in this conversation")).to_be_visible()
        await take_over(world.house, bo, desk.talk, world.counsellor.id)
        await expect(page.get_by_text("Bo has taken over this conversation.")).to_be_visible()
        await expect(page.get_by_role("button", name="Send")).to_have_count(0)


async def test_the_question_after_a_p1_moves_nothing_of_a_phones_list_when_it_appears(
    desk: Desk,
) -> None:
    world, house = desk.world, desk.world.house
    await world.text("de ska döda mig", "+46701740620")
    closed = (await world.queue()).waiting[0].id
    await take(house, world.counsellor, closed)
    await world.text("de ska döda mig", "+46701740621")
    urgent = (await world.queue()).waiting[0].id
    async with desk.window(**PHONE) as page:
        await page.goto(f"{desk.base}/queue")
        shown, asked = page.locator(f"#row-{urgent}"), page.get_by_role("heading", name="Talk it")
        await close(house, world.counsellor, closed, Outcome.OTHER)
        await expect(asked).to_have_count(1)
        with_it = await shown.bounding_box()
        assert with_it is not None
        assert with_it["y"] + with_it["height"] < PHONE["viewport"]["height"]
        below = await asked.bounding_box()
        assert below is not None
        assert below["y"] > with_it["y"] + with_it["height"]
        async with house.db.read() as tx:
            ((debrief, _),) = await debriefs.unanswered(tx, world.counsellor.id)
        await answer_debrief(house, world.counsellor, debrief, done=True)
        await page.reload()
        await expect(asked).to_have_count(0)
        assert await shown.bounding_box() == with_it
        on_call = await page.locator("#on-call p").first.bounding_box()
        assert on_call is not None
        assert on_call["x"] == 16  # as all that stands on a phone beside its edge


@at_every_size
async def test_the_pages_of_a_shift(desk: Desk, size: dict[str, Any]) -> None:
    world, house = desk.world, desk.world.house
    alva, bo = world.counsellor, await World.hired(house, "Bo", Role.COORDINATOR)
    await world.text("de ska döda mig", "+46701740620")
    urgent = (await world.queue()).waiting[0].id
    await take(house, alva, urgent)
    await close(house, alva, urgent, Outcome.OTHER)
    await take(house, bo, desk.talk)
    handed = Handed(alva.id, "Vill ses på torsdag.", "Vi ringer kl 10.")
    await hand_over(house, bo, desk.talk, handed, form_key=uuid4())
    await ask_help(house, alva, desk.talk)
    await take(house, alva, desk.other)
    await take_over(house, bo, desk.other, alva.id)
    talk = f"/conversations/{desk.talk}"
    async with desk.window(**size) as page:
        pages = ("/queue", "/shift/end", f"{talk}/handover", talk, f"{talk}#about")
        await clean(desk, page, *pages, f"/conversations/{desk.other}", f"{talk}/hand-over")
    async with desk.window_of(bo, **size) as page:
        await clean(desk, page, "/queue", talk, f"{talk}#about", "/lines")
        await page.get_by_label("Card 2026").focus()
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.innerText.startsWith('Save')")
        await is_clean(page)
